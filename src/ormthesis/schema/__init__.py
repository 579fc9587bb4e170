"""What the models declare. The only layer that reads SQLAlchemy's objects."""

from ormthesis.schema.models import Models, load_models
from ormthesis.schema.target import import_module, import_target

__all__ = ["Models", "import_module", "import_target", "load_models"]
