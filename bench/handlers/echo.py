"""The Python side of `bridge-loop.ts`."""

from __future__ import annotations

from repro_worker import HandlerContext, handler

kept: list[str] = []


@handler("echo")
def echo(texts: list[str], context: HandlerContext) -> list[str]:
    kept[:] = texts
    return texts


@handler("call-back")
def call_back(_: None, context: HandlerContext) -> int:
    return len(context.callback("echo", kept, timeout_seconds=60))
