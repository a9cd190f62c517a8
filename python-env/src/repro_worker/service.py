"""What a worker process runs: an engine or a set of handlers.

The link (an I/O thread) puts items into an `Inbox`; a `Service` takes them on the main thread at its own pace
and ends each one exactly once. Nothing here knows about sockets, and services never import the link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class ServiceInfo:
    """What a loaded service says of itself; becomes the `ready` message."""

    concurrency: int
    """Items that run at the same time."""
    max_in_flight: int
    """Unfinished items that the host may keep here."""
    max_bytes: int
    """Bytes of unfinished items that the host may keep here."""
    info: dict[str, Any] = field(default_factory=dict[str, Any])


class Item(Protocol):
    """One unit of work. Exactly one of `finish`, `fail` or `end` is called, once; the rest is the link's."""

    @property
    def method(self) -> str: ...

    @property
    def input(self) -> Any: ...  # noqa: ANN401  (plain msgpack values; services decode them into Structs)

    @property
    def cancelled(self) -> bool:
        """True once the host no longer wants it; a service that sees it calls `fail(CancelledError())`."""
        ...

    def more(self, value: object) -> None:
        """One value of a stream."""
        ...

    def finish(self, value: object) -> None: ...

    def end(self) -> None:
        """Ends a stream."""
        ...

    def fail(self, error: BaseException) -> None: ...

    def callback(self, name: str, value: object, timeout_seconds: float) -> Any:  # noqa: ANN401
        """Calls a host function and waits for its answer."""
        ...

    def progress(self, message: str, done: float | None = None, total: float | None = None) -> None:
        """Says that it is still at it, which renews the deadline."""
        ...


class Inbox(Protocol):
    def take(self, most: int, timeout_seconds: float | None) -> list[Item]:
        """Up to `most` items, oldest first.

        Waits for the first one at most `timeout_seconds` (0: not at all, None: for ever). An empty list with
        `closed` set means that the worker is stopping.
        """
        ...

    @property
    def closed(self) -> bool: ...


Progress = Callable[[str, float | None, float | None], None]


class Service(Protocol):
    def load(self, progress: Progress) -> ServiceInfo:
        """Imports and loads what it needs. An exception here ends the worker; the host gets its traceback."""
        ...

    def serve(self, inbox: Inbox) -> None:
        """Takes items until the inbox is closed. Runs on the main thread."""
        ...
