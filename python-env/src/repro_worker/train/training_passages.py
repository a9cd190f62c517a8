"""The passages of a training as prompts in token ids: those that recycling asks with, to the last id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.engines.transformers.prompt import Prompt
from repro_worker.errors import InvalidInputError
from repro_worker.message import Message
from repro_worker.train.messages import PassageRow, PromptMessage


class LeftOut(Message):
    document_id: str
    passage: int
    tokens: int


@dataclass(frozen=True)
class TrainingPassage:
    row: int
    document_id: str
    prompt: Prompt


@dataclass(frozen=True)
class TrainingPassages:
    fitting: list[TrainingPassage]
    left_out: list[LeftOut]
    """Prompts that do not fit the model's window with their answer; nothing is cut to make them fit."""


def read_passages(path: Path, loaded: LoadedModel, most_new_tokens: int) -> TrainingPassages:
    found = TrainingPassages([], [])
    for row in read_rows(path):
        prompt = render(loaded, row.prompt)
        if len(prompt.ids) + most_new_tokens > loaded.context_tokens:
            index = int(row.passage.get("index", 0))
            found.left_out.append(LeftOut(document_id=row.document_id, passage=index, tokens=len(prompt.ids)))
        else:
            found.fitting.append(TrainingPassage(row.row, row.document_id, prompt))
    return found


def read_rows(path: Path) -> Iterator[PassageRow]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            try:
                row = msgspec.json.decode(line, type=PassageRow, strict=False)
            except msgspec.DecodeError as error:
                raise InvalidInputError(f"{path.name}, line {number + 1}, is no passage: {error}") from error
            if row.row != number:
                raise InvalidInputError(
                    f"{path.name}, line {number + 1}: found row {row.row}, expected {number}."
                )
            yield row


def render(loaded: LoadedModel, prompt: PromptMessage) -> Prompt:
    return loaded.build_prompt(prompt.messages, prompt.text)
