"""Settings: read from the command line, the environment and pyproject.toml, then frozen."""

from ormthesis.config.load import load_config
from ormthesis.config.selection import select
from ormthesis.config.settings import Config, Mode, Phase, SchemaSource
from ormthesis.config.sources import nearest_pyproject

__all__ = ["Config", "Mode", "Phase", "SchemaSource", "load_config", "nearest_pyproject", "select"]
