"""Messages to bytes and back."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from repro_worker.errors import HandlerError, InvalidInputError, MessageTooLargeError
from repro_worker.protocol import MAX_MESSAGE_BYTES, MESSAGE_KINDS, PROTOCOL_VERSION, WireMessage

MAX_VALUE_BYTES: Final = MAX_MESSAGE_BYTES - 64 * 1024
"""Largest single value: the rest of its message (ids, an error with its traceback) fits beside it."""

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are not what they should be, or nested too deeply."""

_encoder = msgspec.msgpack.Encoder()
_preludes = {type: b"RB" + bytes((PROTOCOL_VERSION, kind)) for kind, type in MESSAGE_KINDS.items()}
# Not strict: JavaScript has one kind of number, so an integer may arrive as a float.
_decoders = {prelude: msgspec.msgpack.Decoder(type, strict=False) for type, prelude in _preludes.items()}


class ProtocolError(Exception):
    """A frame that is no message of this version: a bug of one of the two sides, never of a plugin."""


def encode_message(message: WireMessage) -> bytes:
    frame = _preludes[type(message)] + _encoder.encode(message)
    if len(frame) > MAX_MESSAGE_BYTES:
        name = type(message).__name__
        raise MessageTooLargeError(
            f"A {name} has {len(frame)} bytes, at most {MAX_MESSAGE_BYTES} may be sent."
        )
    return frame


def decode_message(frame: bytes) -> WireMessage:
    decoder = _decoders.get(frame[:4])
    if decoder is None:
        raise ProtocolError(
            f"A frame begins with {frame[:4]!r}, expected `RB`, version {PROTOCOL_VERSION} and a known kind."
        )
    try:
        return decoder.decode(memoryview(frame)[4:])
    except UNREADABLE as error:
        raise ProtocolError(f"A message of kind {frame[3]} cannot be read: {error}") from error


def encode_value(value: object) -> msgspec.Raw:
    """What a method answers, ready for an entry. Says what is wrong with a value that cannot be sent."""
    if isinstance(value, msgspec.Raw):
        return value
    try:
        encoded = _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise HandlerError(
            f"A text has half of a surrogate pair ({error.object[error.start : error.end]!r}) at character "
            f"{error.start} of {error.object[:60]!r}; only well-formed Unicode can be sent."
        ) from error
    except (TypeError, OverflowError, RecursionError) as error:
        raise HandlerError(f"A value cannot be sent: {error}") from error
    if len(encoded) > MAX_VALUE_BYTES:
        raise MessageTooLargeError(
            f"A value has {len(encoded)} bytes, at most {MAX_VALUE_BYTES} can be sent at once."
        )
    return msgspec.Raw(encoded)


def decode_value(encoded: msgspec.Raw | bytes) -> Any:  # noqa: ANN401  (plain msgpack values)
    try:
        return msgspec.msgpack.decode(encoded)
    except UNREADABLE as error:
        raise InvalidInputError(f"An input cannot be read: {error}") from error
