"""The passages of a training as prompts in token ids: those that recycling asks with, to the last id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.engines.transformers.prompt import Prompt
from repro_worker.errors import InvalidInputError
from repro_worker.message import Message
from repro_worker.train.messages import PassageRow

ROWS_BETWEEN_WORDS: Final = 1000
PROMPTS_KEPT: Final = 1024


class LeftOut(Message):
    document_id: str
    passage: int
    tokens: int


class PassageFile:
    """Renders prompts when they are asked for: those of a long training would fill the memory."""

    def __init__(self, path: Path, loaded: LoadedModel) -> None:
        self._path = path
        self._loaded = loaded
        self.prompt_at = lru_cache(maxsize=PROMPTS_KEPT)(self._prompt_at)

    def rows(self) -> Iterator[tuple[int, PassageRow]]:
        """Each row with the place of its line in the file, in bytes."""
        offset = 0
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines):
                yield offset, self._read(line, number)
                offset += len(line)

    def _prompt_at(self, offset: int, row: int) -> Prompt:
        with self._path.open("rb") as lines:
            lines.seek(offset)
            return self.render(self._read(lines.readline(), row))

    def render(self, row: PassageRow) -> Prompt:
        return self._loaded.build_prompt(row.prompt.messages, row.prompt.text)

    def _read(self, line: bytes, number: int) -> PassageRow:
        where = f"{self._path.name}, line {number + 1}"
        try:
            row = msgspec.json.decode(line, type=PassageRow, strict=False)
        except msgspec.DecodeError as error:
            raise InvalidInputError(f"{where}, is no passage: {error}") from error
        if row.row != number:
            raise InvalidInputError(f"{where}: found row {row.row}, expected {number}.")
        return row


@dataclass(frozen=True)
class TrainingPassage:
    file: PassageFile
    offset: int
    row: int
    document_id: str

    @property
    def prompt(self) -> Prompt:
        return self.file.prompt_at(self.offset, self.row)


@dataclass
class TrainingPassages:
    fitting: list[TrainingPassage] = field(default_factory=list[TrainingPassage])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])
    """Prompts that do not fit the model's window with their answer; nothing is cut to make them fit."""
    longest_prompt_tokens: int = 0
    """Of those that fit."""


def read_passages(
    path: Path, loaded: LoadedModel, most_new_tokens: int, progress: Callable[[str], None]
) -> TrainingPassages:
    file, found = PassageFile(path, loaded), TrainingPassages()
    for offset, row in file.rows():
        if row.row % ROWS_BETWEEN_WORDS == ROWS_BETWEEN_WORDS - 1:
            progress(f"{row.row + 1} prompts of {path.name} counted in tokens")
        tokens = len(file.render(row).ids)
        if tokens + most_new_tokens > loaded.context_tokens:
            index = int(row.passage.get("index", 0))
            found.left_out.append(LeftOut(document_id=row.document_id, passage=index, tokens=tokens))
        else:
            found.fitting.append(TrainingPassage(file, offset, row.row, row.document_id))
            found.longest_prompt_tokens = max(found.longest_prompt_tokens, tokens)
    return found
