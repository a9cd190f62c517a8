"""The engine of `recycle.ts` without bridge and host: all prompts of a list, once it is loaded."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from repro_worker.engines import load_engine
from repro_worker.item_queue import ItemQueue


class Question:
    """A `service.Item` of which only the number of tokens is wanted."""

    method = "generate"
    cancelled = False

    def __init__(self, value: dict[str, Any], questions: Questions) -> None:
        self.input = value
        self._questions = questions

    def finish(self, value: Any) -> None:  # noqa: ANN401
        self._questions.end(value.tokens)

    def fail(self, error: BaseException) -> None:
        raise error


class Questions(ItemQueue):
    """An inbox that closes when all of its items have ended."""

    def __init__(self, values: list[dict[str, Any]]) -> None:
        super().__init__()
        self.tokens = 0
        self._left = len(values)
        self.put([Question(value, self) for value in values])  # type: ignore[list-item]

    def end(self, tokens: int) -> None:
        self.tokens += tokens
        self._left -= 1
        if self._left == 0:
            self.close()


order = json.loads(sys.stdin.read())
engine = load_engine("transformers", order["model"], {"threads": order["threads"]})
engine.load(lambda _message, _done, _total: None)
values = [{"messages": messages, "sampling": order["sampling"], "seed": 0} for messages in order["messages"]]
questions = Questions(values)
started = time.perf_counter()
engine.serve(questions)
print(json.dumps({"tokens": questions.tokens, "seconds": time.perf_counter() - started}))
