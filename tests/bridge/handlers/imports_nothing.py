"""A handler file that cannot be imported."""

import not_there  # noqa: F401  # pyright: ignore
