"""One unit of work as the service sees it (`service.Item`), connected to the link."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from msgspec import Raw

from repro_worker.codec import encode_value
from repro_worker.errors import CancelledError, DeadlineError, ReproError, name_error
from repro_worker.protocol import NIL, ChunkEntry
from repro_worker.wire_error import describe_error

FinalKind = Literal["value", "end", "error"]


class ItemLink(Protocol):
    """What an item needs of the link; every method may be called from any thread."""

    def send_more(self, item: LinkItem, entry: ChunkEntry) -> None: ...

    def send_final(self, item: LinkItem, entry: ChunkEntry) -> None: ...

    def call_back(self, item: LinkItem, name: str, value: Raw, timeout_seconds: float) -> Any: ...  # noqa: ANN401

    def send_progress(
        self, request_id: int | None, message: str, done: float | None, total: float | None
    ) -> None: ...


class LinkItem:
    def __init__(self, link: ItemLink, *, request_id: int, item_id: int, method: str) -> None:
        self.request_id = request_id
        self.item_id = item_id
        self.method = method
        self.input: Any = None
        self.stopped: CancelledError | DeadlineError | None = None
        """Why it need not be finished; set by the link."""
        self._link = link
        self._ended = False

    @property
    def cancelled(self) -> bool:
        return self.stopped is not None

    def stop(self, reason: CancelledError | DeadlineError) -> None:
        """The link's part of a cancel: the first reason stays."""
        self.stopped = self.stopped or reason

    def more(self, value: object) -> None:
        """Waits while too much is unsent; raises when the item is cancelled."""
        if self._ended:
            raise RuntimeError(f"Item {self.item_id} has ended, nothing can follow.")
        self._link.send_more(self, self._entry("more", encode_value(value)))

    def finish(self, value: object) -> None:
        try:
            encoded = encode_value(value)
        except ReproError as error:
            self.fail(error)
        else:
            self._end("value", encoded)

    def end(self) -> None:
        self._end("end")

    def fail(self, error: BaseException) -> None:
        if self.stopped and isinstance(error, CancelledError):
            error = self.stopped
        self._end("error", error=name_error(self.method, error))

    def callback(self, name: str, value: object, timeout_seconds: float) -> Any:  # noqa: ANN401
        return self._link.call_back(self, name, encode_value(value), timeout_seconds)

    def progress(self, message: str, done: float | None = None, total: float | None = None) -> None:
        self._link.send_progress(self.request_id, message, done, total)

    def _end(self, kind: FinalKind, value: Raw = NIL, error: ReproError | None = None) -> None:
        if self._ended:
            raise RuntimeError(f"Item {self.item_id} has ended already.")
        self._ended = True
        self._link.send_final(self, self._entry(kind, value, error))

    def _entry(
        self, kind: Literal["more"] | FinalKind, value: Raw, error: ReproError | None = None
    ) -> ChunkEntry:
        return ChunkEntry(item_id=self.item_id, kind=kind, value=value, error=error and describe_error(error))
