"""Requests that the worker has not ended yet: their items, cancels and deadlines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from repro_worker.errors import CancelledError, DeadlineError
from repro_worker.link_item import LinkItem


@dataclass
class OpenRequest:
    id: int
    items: dict[int, LinkItem]
    """Unfinished ones."""
    deadline_seconds: float
    expires_at: float
    """On the monotonic clock; infinite once it has expired."""


class OpenRequests:
    """Lives on the I/O thread. Marks items; ending them is the business of whoever has them."""

    def __init__(self) -> None:
        self._requests: dict[int, OpenRequest] = {}

    @property
    def unfinished_items(self) -> int:
        return sum(len(request.items) for request in self._requests.values())

    def open(self, request_id: int, items: Iterable[LinkItem], deadline_seconds: float, now: float) -> None:
        by_id = {item.item_id: item for item in items}
        self._requests[request_id] = OpenRequest(request_id, by_id, deadline_seconds, now + deadline_seconds)

    def end_item(self, request_id: int, item_id: int) -> bool:
        """Whether it was the last one of its request."""
        request = self._requests[request_id]
        del request.items[item_id]
        if request.items:
            return False
        del self._requests[request_id]
        return True

    def cancel(self, request_id: int, item_ids: Iterable[int]) -> list[LinkItem]:
        """Stops these items, all when none is named, and returns those that had not ended."""
        request = self._requests.get(request_id)
        if request is None:
            return []
        wanted = list(item_ids) or list(request.items)
        return stop_all((request.items[id] for id in wanted if id in request.items), CancelledError())

    def cancel_all(self) -> list[LinkItem]:
        return [item for id in list(self._requests) for item in self.cancel(id, ())]

    def expire(self, now: float) -> list[LinkItem]:
        """Stops the items whose time is up, once."""
        stopped: list[LinkItem] = []
        for request in self._requests.values():
            if request.expires_at <= now:
                request.expires_at = float("inf")
                reason = DeadlineError(f"Not finished within {request.deadline_seconds:g} s.")
                stopped += stop_all(request.items.values(), reason)
        return stopped

    def renew(self, request_id: int, now: float) -> None:
        """Progress was made. What has expired stays expired."""
        request = self._requests.get(request_id)
        if request and now < request.expires_at < float("inf"):
            request.expires_at = now + request.deadline_seconds

    def next_expiry(self) -> float | None:
        return min((request.expires_at for request in self._requests.values()), default=None)


def stop_all(items: Iterable[LinkItem], reason: CancelledError | DeadlineError) -> list[LinkItem]:
    stopped = list(items)
    for item in stopped:
        item.stop(reason)
    return stopped
