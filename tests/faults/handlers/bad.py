"""What workers do that should not be: each handler misbehaves in one way."""

from __future__ import annotations

import os
import resource
import time

from repro_worker import HandlerContext, Message, handler


class Text(Message):
    text: str


class Texts(Message):
    texts: list[str]


class Seconds(Message):
    seconds: float


class Nothing(Message):
    pass


class Megabytes(Message):
    megabytes: int


hoard: list[bytearray] = []


@handler("pid")
def pid(request: Nothing, context: HandlerContext) -> int:
    return os.getpid()


@handler("echo")
def echo(request: Text, context: HandlerContext) -> str:
    return request.text


@handler("exit-of")
def exit_of(request: Text, context: HandlerContext) -> str:
    if request.text == "poison":
        os._exit(0)
    return request.text


@handler("spin")
def spin(request: Nothing, context: HandlerContext) -> int:
    """Never lets go of the interpreter lock, so no other thread of this process runs."""
    return sum(range(10**12))


@handler("deaf-sleep")
def deaf_sleep(request: Seconds, context: HandlerContext) -> str:
    time.sleep(request.seconds)
    return "too late"


@handler("change-input")
def change_input(request: Texts, context: HandlerContext) -> list[str]:
    request.texts.append("changed")
    return request.texts


@handler("deep")
def deep(request: Nothing, context: HandlerContext) -> object:
    value: list[object] = []
    for _ in range(2000):
        value = [value]
    return value


@handler("allocate")
def allocate(request: Megabytes, context: HandlerContext) -> int:
    return len(bytearray(request.megabytes << 20))


@handler("leak")
def leak(request: Megabytes, context: HandlerContext) -> int:
    hoard.append(bytearray(request.megabytes << 20))
    return os.getpid()


@handler("limit-memory")
def limit_memory(request: Megabytes, context: HandlerContext) -> None:
    """As `prlimit --as` does, from here on."""
    with open("/proc/self/statm", encoding="ascii") as status:
        used = int(status.read().split()[0]) * resource.getpagesize()
    limit = used + (request.megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
