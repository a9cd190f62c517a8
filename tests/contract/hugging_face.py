"""Rows of a data set of the Hugging Face hub. Called by `hugging-face.ts` beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from repro_worker import HandlerContext, Message, handler

if TYPE_CHECKING:
    from datasets import IterableDataset


class Config(Message):
    name: str
    revision: str
    split: str
    text: str
    id: str | None = None


class ListInput(Message):
    config: Config


class Shard(Message):
    name: str
    fingerprint: str


class ReadInput(Message):
    config: Config
    shard: str
    from_row: int


@handler("list-shards")
def list_shards(request: ListInput, _context: HandlerContext) -> list[Shard]:
    shards = open_dataset(request.config).num_shards
    return [
        Shard(name=f"{index:05d}-of-{shards:05d}", fingerprint=request.config.revision)
        for index in range(shards)
    ]


@handler("read-rows")
def read_rows(request: ReadInput, _context: HandlerContext) -> Iterator[dict[str, Any]]:
    index, _, shards = request.shard.partition("-of-")
    rows = open_dataset(request.config).shard(num_shards=int(shards), index=int(index))
    yield from rows.skip(request.from_row)


def open_dataset(config: Config) -> IterableDataset:
    from datasets import load_dataset  # only paid by workers that read the hub

    return load_dataset(config.name, revision=config.revision, split=config.split, streaming=True)
