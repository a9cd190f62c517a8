"""A worker that runs the Python sides of plugins."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from repro_worker.dispatch import dispatch
from repro_worker.errors import OutOfMemoryError, ReproError, UnknownMethodError
from repro_worker.handlers import Handler, load_handlers
from repro_worker.protocol import HandlerBoot
from repro_worker.requirements import check_requirements
from repro_worker.service import Inbox, Item, Progress, ServiceInfo

MAX_IN_FLIGHT: Final = 2
"""One that runs, and one that is here when it ends."""
MAX_BYTES: Final = 16 * 1024 * 1024
MOST_TIMES_OUT_OF_MEMORY: Final = 5
"""As often as a batch of 16 texts is halved down to the one that is too large. Once more, and it is this process
that has no memory left (a handler leaks): it ends, and its unfinished items run in another."""


class HandlerService:
    """One item at a time: handlers share a process, and most of them a model."""

    def __init__(self, boot: HandlerBoot) -> None:
        self._boot = boot
        self._handlers: dict[str, Handler] = {}
        self._times_out_of_memory = 0
        """In a row."""

    def load(self, progress: Progress) -> ServiceInfo:
        for each in self._boot.handlers:
            check_requirements(each.prefix, each.requires)
        for each in self._boot.handlers:
            progress(f"loading {each.prefix}", None, None)
            for name, handler in load_handlers(Path(each.file), each.prefix).items():
                self._handlers[f"{each.prefix}#{name}"] = handler
        info = {"methods": sorted(self._handlers), "device": self._boot.device}
        return ServiceInfo(concurrency=1, max_in_flight=MAX_IN_FLIGHT, max_bytes=MAX_BYTES, info=info)

    def serve(self, inbox: Inbox) -> None:
        while not inbox.closed:
            for item in inbox.take(1, timeout_seconds=None):
                self.serve_item(item)

    def serve_item(self, item: Item) -> None:
        handler = self._handlers.get(item.method)
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            item.fail(UnknownMethodError(f'No handler "{item.method}"; this worker has {known}.'))
            return
        try:
            dispatch(handler, item, self._boot.device)
        except OutOfMemoryError as error:
            if self._times_out_of_memory == MOST_TIMES_OUT_OF_MEMORY:
                raise
            self._times_out_of_memory += 1
            item.fail(error)
            return
        except ReproError as error:
            item.fail(error)
        self._times_out_of_memory = 0
