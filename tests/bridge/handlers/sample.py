"""Handlers for the tests of the bridge: each does one thing that workers do, or one thing that goes wrong."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator

from repro_worker import HandlerContext, Message, handler


class Text(Message):
    text: str


class Seconds(Message):
    seconds: float


class Nothing(Message):
    pass


class Count(Message):
    count: int


class AnyValue(Message):
    value: object


@handler("echo")
def echo(request: AnyValue, context: HandlerContext) -> AnyValue:
    return request


@handler("pid")
def pid(request: Nothing, context: HandlerContext) -> int:
    return os.getpid()


@handler("sleep")
def sleep(request: Seconds, context: HandlerContext) -> str:
    time.sleep(request.seconds)
    return "slept"


@handler("wait-politely")
def wait_politely(request: Seconds, context: HandlerContext) -> str:
    end = time.monotonic() + request.seconds
    while time.monotonic() < end and not context.cancelled:
        time.sleep(0.01)
    return "waited"


@handler("count")
def count(request: Count, context: HandlerContext) -> Iterator[int]:
    yield from range(request.count)


@handler("count-then-die")
def count_then_die(request: Count, context: HandlerContext) -> Iterator[int]:
    yield from range(request.count)
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)


@handler("fail")
def fail(request: Text, context: HandlerContext) -> str:
    raise KeyError(request.text)


@handler("die-of")
def die_of(request: Text, context: HandlerContext) -> str:
    """Ends its own process when the text says so."""
    if request.text == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    return request.text


@handler("print")
def print_bytes(request: Count, context: HandlerContext) -> int:
    line = "x" * 79 + "\n"
    for _ in range(request.count // len(line)):
        sys.stdout.write(line)
    sys.stdout.flush()
    return request.count


@handler("ask-host")
def ask_host(request: AnyValue, context: HandlerContext) -> object:
    return context.callback("answer", request.value, 2.0)
