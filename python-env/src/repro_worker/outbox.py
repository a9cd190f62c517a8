"""What waits to be sent to the host, and when it may go."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from repro_worker.protocol import Chunk, ChunkEntry, Result

CHUNK_BYTES: Final = 256 * 1024
"""A chunk this large goes at once."""
DELAY_SECONDS: Final = 0.003
"""How long an entry waits for others of its request to share its chunk."""


class Outbox:
    """Gathers finished entries into chunks, never more than `window` of them unacknowledged, and ends each
    request after its last chunk. Holds no socket and no clock: the link asks it what to send now."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._next_sequence = 0
        self._next_unacknowledged = 0
        self._requests: dict[int, _Gathering] = {}

    def add(self, request_id: int, entry: ChunkEntry, now: float) -> None:
        self._requests.setdefault(request_id, _Gathering()).add(entry, now)

    def complete(self, request_id: int) -> None:
        """No entry of this request will follow."""
        self._requests[request_id].complete = True

    def acknowledge(self, sequence: int) -> None:
        self._next_unacknowledged = max(self._next_unacknowledged, sequence + 1)

    def take_due(self, now: float) -> Iterator[list[Chunk | Result]]:
        """What may be sent now, in order; a request's last chunk and its end together."""
        for request_id, gathering in list(self._requests.items()):
            together: list[Chunk | Result] = []
            while gathering.is_due(now) and self._window_is_open:
                if together:
                    yield together
                together = [
                    Chunk(request_id=request_id, sequence=self._next_sequence, entries=gathering.cut())
                ]
                self._next_sequence += 1
                # To the back, so that one endless stream does not keep the window to itself.
                self._requests[request_id] = self._requests.pop(request_id)
            if gathering.complete and not gathering.entries:
                del self._requests[request_id]
                together.append(Result(request_id=request_id))
            if together:
                yield together

    def next_due(self) -> float | None:
        """When there will be something to send if nothing happens before; None while the host has to move."""
        if not self._window_is_open:
            return None
        return min(
            (gathering.due for gathering in self._requests.values() if gathering.entries), default=None
        )

    @property
    def _window_is_open(self) -> bool:
        return self._next_sequence - self._next_unacknowledged < self._window


class _Gathering:
    """Entries of one request that are not in a chunk yet."""

    def __init__(self) -> None:
        self.entries: deque[ChunkEntry] = deque()
        self.complete = False
        self.due = 0.0
        self._bytes = 0

    def add(self, entry: ChunkEntry, now: float) -> None:
        if not self.entries:
            self.due = now + DELAY_SECONDS
        self.entries.append(entry)
        self._bytes += entry_bytes(entry)

    def is_due(self, now: float) -> bool:
        return bool(self.entries) and (self.complete or self._bytes >= CHUNK_BYTES or now >= self.due)

    def cut(self) -> list[ChunkEntry]:
        """At least one entry, and as many more as fit into a chunk."""
        chunk: list[ChunkEntry] = []
        size = 0
        while self.entries and (not chunk or size + entry_bytes(self.entries[0]) <= CHUNK_BYTES):
            entry = self.entries.popleft()
            chunk.append(entry)
            size += entry_bytes(entry)
        self._bytes -= size
        return chunk


def entry_bytes(entry: ChunkEntry) -> int:
    """An upper bound of what an entry adds to its chunk."""
    error = entry.error
    # UTF-8 needs at most four bytes for a character.
    error_bytes = 4 * (len(error.code) + len(error.summary) + len(error.traceback or "")) if error else 0
    return len(entry.value) + error_bytes + 128
