"""What a handler may ask of the worker it runs in."""

from __future__ import annotations

from typing import Any

from repro_worker.service import Item


class HandlerContext:
    """The second parameter of every handler."""

    def __init__(self, item: Item, device: str) -> None:
        self.device = device
        """Where to put models: `cpu`, `cuda`, `cuda:1`."""
        self._item = item

    @property
    def cancelled(self) -> bool:
        """True once nobody waits for the answer any more; a long handler looks now and then, and stops."""
        return self._item.cancelled

    def resolve(self, path: str) -> str:
        """The folder of a model: `builtin:` names are made ready in the cache, paths stay as they are."""
        if not path.startswith("builtin:"):
            return path
        from repro_worker.models import resolve_model

        return str(resolve_model(path))

    def callback(self, name: str, value: object, timeout_seconds: float) -> Any:  # noqa: ANN401
        """Calls a function that the host offers by this name and returns its answer."""
        return self._item.callback(name, value, timeout_seconds)

    def progress(self, message: str, done: float | None = None, total: float | None = None) -> None:
        """Says that the handler is still at it, which renews its deadline."""
        self._item.progress(message, done, total)
