"""The wire protocol, version 1: twins of the schemas in `bridge/src/protocol.ts`, which explain each message.

A message is one ZeroMQ frame: the prelude `R` `B` version kind, then a msgpack map. A worker may send several
frames as one multipart message: each stands for itself. `tests/protocol/` holds golden vectors that both read.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from msgspec import Raw

from repro_worker.message import Message

PROTOCOL_VERSION: Final = 1
MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024

NIL: Final = Raw(b"\xc0")
"""msgpack's null: the value of an entry that has none."""


class WireError(Message):
    code: str
    summary: str
    traceback: str | None
    retryable: bool


class Hello(Message):
    worker_id: str
    token: str
    pid: int
    protocol_version: int
    python: str
    package_version: str


class Welcome(Message):
    heartbeat_milliseconds: int
    chunk_window: int


class Ready(Message):
    concurrency: int
    max_in_flight: int
    max_bytes: int
    info: dict[str, Any]


class Heartbeat(Message):
    sequence: int
    unfinished_items: int


class RequestItem(Message):
    id: int
    input: Raw
    """Decoded item by item, so that one that cannot be decoded fails alone."""


class Request(Message):
    id: int
    method: str
    items: list[RequestItem]
    deadline_milliseconds: int


class ChunkEntry(Message):
    item_id: int
    kind: Literal["more", "value", "end", "error"]
    value: Raw
    error: WireError | None


class Chunk(Message):
    request_id: int
    sequence: int
    entries: list[ChunkEntry]


class Ack(Message):
    sequence: int


class Result(Message):
    request_id: int


class ErrorMessage(Message):
    request_id: int | None
    callback_id: int | None
    error: WireError


class Cancel(Message):
    request_id: int
    item_ids: list[int]


class Callback(Message):
    id: int
    request_id: int
    name: str
    input: Raw
    deadline_milliseconds: int


class CallbackResult(Message):
    callback_id: int
    value: Any


class Progress(Message):
    request_id: int | None
    message: str
    done: float | None
    total: float | None


LogLevel = Literal["debug", "info", "warning", "error"]


class Log(Message):
    level: LogLevel
    logger: str
    message: str


class Goodbye(Message):
    reason: str


WireMessage = (
    Hello
    | Welcome
    | Ready
    | Heartbeat
    | Request
    | Chunk
    | Ack
    | Result
    | ErrorMessage
    | Cancel
    | Callback
    | CallbackResult
    | Progress
    | Log
    | Goodbye
)

MESSAGE_KINDS: Final[dict[int, type[WireMessage]]] = {
    1: Hello,
    2: Welcome,
    3: Ready,
    4: Heartbeat,
    5: Request,
    6: Chunk,
    7: Ack,
    8: Result,
    9: ErrorMessage,
    10: Cancel,
    11: Callback,
    12: CallbackResult,
    13: Progress,
    14: Log,
    15: Goodbye,
}


class EngineBoot(Message, tag_field="kind", tag="engine"):
    """A replica of one model."""

    engine: str
    path: str
    options: dict[str, Any]


class HandlerFile(Message):
    prefix: str
    file: str
    requires: list[str]


class HandlerBoot(Message, tag_field="kind", tag="handler"):
    """The Python sides of plugins: one file each."""

    handlers: list[HandlerFile]
    device: str


class TrainerBoot(Message, tag_field="kind", tag="trainer"):
    """One rank of a group that trains a model together."""

    rank: int
    world_size: int
    master_address: str
    """Where rank 0 waits for the others; unused by a group of one."""
    master_port: int


class BootLine(Message):
    """The first line of standard input, as JSON: secrets never travel in argv or the environment."""

    endpoint: str
    worker_id: str
    token: str
    worker: EngineBoot | HandlerBoot | TrainerBoot
