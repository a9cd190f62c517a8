"""One item through one handler: decode, call, check, encode."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Any

import msgspec

from repro_worker.codec import encode_value
from repro_worker.errors import CancelledError, HandlerError, InvalidInputError, boundary
from repro_worker.handler_context import HandlerContext
from repro_worker.handlers import Handler
from repro_worker.service import Item


def dispatch(handler: Handler, item: Item, device: str) -> None:
    """Ends the item with what the handler answers, or raises why there is nothing, whatever the handler does."""
    with boundary(item.method):
        if item.cancelled:
            raise CancelledError
        answer = handler.function(decode_input(handler, item), HandlerContext(item, device))
        if handler.streams:
            send_stream(handler, answer, item)
        else:
            item.finish(encode_output(handler, answer, item.method))


def send_stream(handler: Handler, values: Generator[object, None, None], item: Item) -> None:
    with closing(values):  # a cancel ends the generator at its `yield`, so that its `finally` runs now
        for value in values:
            item.more(encode_output(handler, value, item.method))
    item.end()


def decode_input(handler: Handler, item: Item) -> Any:  # noqa: ANN401  (of the handler's input type)
    try:
        # Not strict: JavaScript has one kind of number, so an integer may arrive as a float.
        return msgspec.convert(item.input, handler.input_type, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"{item.method} cannot take this input: {error}") from error


def encode_output(handler: Handler, value: object, method: str) -> msgspec.Raw:
    """Checked against the handler's own annotation: Structs do not check what they are made of."""
    encoded = encode_value(value)
    try:
        # As plain values, which share the texts; reading them from the bytes would decode every text again.
        msgspec.convert(msgspec.to_builtins(value), handler.output_type)
    except msgspec.ValidationError as error:
        raise HandlerError(f"{method} answered something else than it is annotated with: {error}") from error
    return encoded
