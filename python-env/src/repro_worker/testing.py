"""For tests of a plugin's handler file, through the same decoding and encoding as the wire.

A pytest plugin: `-p repro_worker.testing` gives the fixture `handlers`, the `handler.py` beside the test.

    def test_counts(handlers: LoadedHandlers) -> None:
        assert handlers.call("count", {"text": "a b"}) == {"words": 2}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from repro_worker.codec import decode_value, encode_value
from repro_worker.errors import name_error
from repro_worker.handler_service import HandlerService
from repro_worker.protocol import HandlerBoot, HandlerFile

HostFunction = Callable[[Any], object]


class LoadedHandlers:
    """The handlers of one file. `callbacks` are the host functions that they may call."""

    def __init__(
        self, file: Path, *, device: str = "cpu", callbacks: Mapping[str, HostFunction] | None = None
    ) -> None:
        self._prefix = f"test/{file.parent.name}"
        self._callbacks = callbacks or {}
        boot = HandlerBoot(handlers=[HandlerFile(self._prefix, str(file), requires=[])], device=device)
        self._service = HandlerService(boot)
        self._service.load(lambda _message, _done, _total: None)

    def call(self, name: str, value: object) -> Any:  # noqa: ANN401  (plain values, as the host sees them)
        """What the handler answers, or its error raised. Keys are camelCase, as on the wire."""
        values = self.stream(name, value)
        assert len(values) == 1, f'Handler "{name}" is a stream of {len(values)} values: use `stream`.'
        return values[0]

    def stream(self, name: str, value: object) -> list[Any]:
        """Every value of a generator."""
        item = RecordedItem(f"{self._prefix}#{name}", decode_value(encode_value(value)), self._callbacks)
        self._service.serve_item(item)
        if item.error:
            raise item.error
        return item.values


class RecordedItem:
    """A `service.Item` without a host: keeps what was answered."""

    def __init__(self, method: str, value: object, callbacks: Mapping[str, HostFunction]) -> None:
        self.method = method
        self.input: Any = value
        self.cancelled = False
        self.values: list[Any] = []
        self.error: BaseException | None = None
        self._callbacks = callbacks

    def more(self, value: object) -> None:
        self.values.append(decode_value(encode_value(value)))

    def finish(self, value: object) -> None:
        self.more(value)

    def end(self) -> None:
        """Nothing to do: the values are all there."""

    def fail(self, error: BaseException) -> None:
        self.error = name_error(self.method, error)

    def callback(self, name: str, value: object, timeout_seconds: float) -> Any:  # noqa: ANN401, ARG002
        answer = self._callbacks[name](decode_value(encode_value(value)))
        return decode_value(encode_value(answer))

    def progress(self, message: str, done: float | None = None, total: float | None = None) -> None:
        """Nobody watches a test."""


@pytest.fixture(scope="module")
def handlers(request: pytest.FixtureRequest) -> LoadedHandlers:
    """The `handler.py` beside the test file; loaded once, so that its models are too."""
    return LoadedHandlers(request.path.parent / "handler.py")
