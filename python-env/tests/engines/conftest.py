"""Tiny random models with a real byte-level tokenizer, and the link's side of a service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repro_worker.engines import load_engine
from repro_worker.service import Service
from repro_worker.tiny_model import write_model


class FakeItem:
    def __init__(self, method: str, input: object) -> None:
        self.method = method
        self.input = input
        self.cancelled = False
        self.outcome: Any = None
        self.order = -1
        """Which one it was to end, counted from 0."""
        self.inbox: FakeInbox | None = None

    def finish(self, value: object) -> None:
        self._end(value)

    def fail(self, error: BaseException) -> None:
        self._end(error)

    def _end(self, outcome: object) -> None:
        assert self.inbox is not None
        assert self.outcome is None, "an item ended twice"
        self.outcome = outcome
        self.order = self.inbox.ended
        self.inbox.ended += 1


class FakeInbox:
    """Hands out its items and closes when all have ended. `late[item]`: only after so many looks into the
    inbox.
    """

    def __init__(
        self, items: list[FakeItem], late: dict[FakeItem, int], on_look: Callable[[int], None]
    ) -> None:
        self._items = list(items)
        self._late = late
        self._on_look = on_look
        self._looks = 0
        self.count = len(items)
        self.ended = 0
        for item in items:
            item.inbox = self

    @property
    def closed(self) -> bool:
        return self.ended == self.count

    def take(self, most: int, timeout_seconds: float | None) -> list[FakeItem]:
        del timeout_seconds
        self._looks += 1
        assert self._looks < 20_000, "the engine does not come to an end"
        self._on_look(self._looks)
        ready = [item for item in self._items if self._late.get(item, 0) <= self._looks][:most]
        self._items = [item for item in self._items if item not in ready]
        return ready


class Engine:
    def __init__(self, service: Service, info: dict[str, Any]) -> None:
        self.service = service
        self.info = info

    @staticmethod
    def item(method: str, input: object) -> FakeItem:
        return FakeItem(method, input)

    @staticmethod
    def ask(text: str, *, seed: int = 1, system: str | None = None, **sampling: object) -> FakeItem:
        """A prompt whose answer is at most 20 tokens long, if nothing else is said."""
        messages = [{"role": "user", "parts": [{"text": text}]}]
        if system is not None:
            messages.insert(0, {"role": "system", "parts": [{"text": system}]})
        sampling = {"maxTokens": 20, **sampling}
        return FakeItem("generate", {"messages": messages, "sampling": sampling, "seed": seed})

    def serve(
        self,
        items: list[FakeItem],
        late: dict[FakeItem, int] | None = None,
        on_look: Callable[[int], None] = lambda _: None,
    ) -> list[Any]:
        self.service.serve(FakeInbox(items, late or {}, on_look))  # type: ignore[arg-type]
        return [item.outcome for item in items]

    def call(self, method: str, input: object) -> Any:  # noqa: ANN401
        return self.serve([FakeItem(method, input)])[0]


def start(folder: Path, **options: object) -> Engine:
    service = load_engine("transformers", str(folder), {"dtype": "float32", "device": "cpu", **options})
    return Engine(service, service.load(lambda *_: None).info)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def engine(tiny_folder: Path) -> Engine:
    return start(tiny_folder, maxBatch=8, threads=1)


@pytest.fixture
def new_engine(tmp_path: Path) -> Callable[..., Engine]:
    """An engine with a model of its own: `template`, further `controls`, and changes of its configuration."""

    def make(options: dict[str, object] | None = None, **model: Any) -> Engine:  # noqa: ANN401
        return start(write_model(tmp_path / "model", **model), threads=1, **(options or {}))

    return make
