"""`package.module:attribute` or `package.module`: from a command line's words to an object."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

from ormthesis.core.errors import OrmthesisError, TargetError
from ormthesis.core.text import suggestion


def import_target(spec: str) -> object:
    """The module or the attribute of one that the text names, from the working directory too.

    Raises TargetError where the text has another form, the module is not found or raises, or it
    has no such attribute.
    """
    module_name, colon, path = spec.partition(":")
    if not colon and _is_dotted_name(module_name):
        return import_module(module_name)
    if not module_name or not path:
        raise TargetError(
            f"TARGET {spec!r} is not of the form package.module:attribute.",
            hint="Name the module and the declarative base in it, as in `app.models:Base`.",
        )
    found: object = import_module(module_name)
    for name in path.split("."):
        if not hasattr(found, name):
            raise TargetError(
                f"{module_name!r} has no attribute {name!r} (TARGET {spec!r}).",
                hint=suggestion(name, (word for word in vars(found) if not word.startswith("_"))),
            )
        found = getattr(found, name)
    return found


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def import_module(name: str) -> object:
    """Import a user's module.

    Raises TargetError where it is not found, or with its own error where it raises; errors of ours,
    of something that it registers, as they are.
    """
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise TargetError(
                f"No module named {name!r}.", hint=_module_hint(name, error.name)
            ) from error
        raise _import_failed(name, error) from error
    except OrmthesisError:
        raise
    except Exception as error:  # any error of a user's module is theirs, and shown as such
        raise _import_failed(name, error) from error


def _import_failed(name: str, error: Exception) -> TargetError:
    return TargetError(
        f"Importing {name!r} raised {type(error).__name__}: {error}",
        hint=f"Try `python -c 'import {name}'` to see where.",
    )


def _module_hint(name: str, missing: str) -> str:
    parent, _, last = missing.rpartition(".")
    folders = [Path.cwd()]
    if parent and (spec := importlib.util.find_spec(parent)):
        folders = [Path(place) for place in spec.submodule_search_locations or ()]
    names = {
        path.stem
        for folder in folders
        for path in folder.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    return f"{suggestion(last, names)} Modules are looked up from the working directory."
