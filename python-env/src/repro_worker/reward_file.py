"""A reward that a person wrote as one function: `{ use: python, file: ./my_reward.py, function: score }`.

    def score(samples):
        return [1.0 if sample.rephrased else None for sample in samples]

`samples` is a list of `RewardSample`; the answer has one number per sample, in order, or None for one that cannot be
scored. The function may be `async`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, SupportsFloat

from repro_worker.errors import WorkerImportError
from repro_worker.handler_context import HandlerContext
from repro_worker.handlers import handler, import_file
from repro_worker.message import Message
from repro_worker.reward_sample import RewardSample


class ScoreInput(Message):
    file: str
    sha256: str
    """Of the content that the host has seen."""
    function: str
    samples: list[RewardSample]


class ScoreOutput(Message):
    scores: str | list[float | str | None]
    """A text stands where something else than a list, or than a number or None, was answered: what it was."""


@handler("score")
def score(request: ScoreInput, context: HandlerContext) -> ScoreOutput:
    del context  # the person's function knows nothing of the worker
    function = load_function(Path(request.file), request.sha256, request.function)
    answer = function(request.samples)
    if inspect.iscoroutine(answer):
        import asyncio  # only paid by functions that are async

        answer = asyncio.run(answer)
    return ScoreOutput(scores=read_scores(answer))


@lru_cache
def load_function(file: Path, expected_sha256: str, name: str) -> Callable[[list[RewardSample]], Any]:
    module = load_file(file, expected_sha256)
    function = getattr(module, name, None)
    if not callable(function):
        own = [key for key, value in vars(module).items() if inspect.isfunction(value) and key[0] != "_"]
        guess = get_close_matches(name, own, n=1)
        found = f'did you mean "{guess[0]}"?' if guess else f"it has {', '.join(own) or 'none'}."
        raise WorkerImportError(f'{file} has no function "{name}"; {found}')
    return function


@lru_cache
def load_file(file: Path, expected_sha256: str) -> ModuleType:
    """Imports it; a file that was changed after the run began would give two kinds of scores."""
    if sha256(file.read_bytes()).hexdigest() != expected_sha256:
        raise WorkerImportError(f"{file} has changed since this run began; start it again.")
    if (folder := str(file.parent)) not in sys.path:
        sys.path.append(folder)  # last: a `json.py` beside it does not hide Python's own from the worker
    return import_file(file, f"repro_reward:{file}")


def read_scores(answer: Any) -> str | list[float | str | None]:  # noqa: ANN401  (a stranger's answer)
    """Lists, tuples, arrays and generators of anything that is a number."""
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        return describe(answer)
    return [read_score(value) for value in answer]


def read_score(value: object) -> float | str | None:
    if value is None:
        return None
    if isinstance(value, str | bytes) or not isinstance(value, SupportsFloat):
        return describe(value)
    return float(value)


def describe(value: object) -> str:
    text = repr(value)
    return f"{text[:60]}{'...' if len(text) > 60 else ''} ({type(value).__name__})"
