"""Where models are found: a path of a recipe becomes a local folder that transformers loads.

Importing this package imports neither torch nor transformers; only the first conversion of a built-in model
does.
"""

from repro_worker.models.resolve_model import resolve_model
from repro_worker.models.revision import revision_of

__all__ = ["resolve_model", "revision_of"]
