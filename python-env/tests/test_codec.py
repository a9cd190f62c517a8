from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_worker.codec import (
    MAX_VALUE_BYTES,
    ProtocolError,
    decode_message,
    decode_value,
    encode_message,
    encode_value,
)
from repro_worker.errors import HandlerError, InvalidInputError, MessageTooLargeError
from repro_worker.protocol import MESSAGE_KINDS, Ack, Chunk, ChunkEntry, Log, Request, RequestItem, Result

VECTORS = Path(__file__).parents[2] / "tests" / "protocol"
golden = json.loads((VECTORS / "messages.json").read_text())
bad_frames = json.loads((VECTORS / "bad-frames.json").read_text())

plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def body_of(frame: bytes) -> Any:
    return msgspec.msgpack.decode(frame[4:])


@pytest.mark.parametrize("vector", golden, ids=[vector["name"] for vector in golden])
def test_reads_and_writes_what_the_typescript_side_means(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["frame"])
    message = decode_message(frame)
    kind = "error" if type(message).__name__ == "ErrorMessage" else type(message).__name__
    assert kind.lower() == vector["kind"].lower()
    again = encode_message(message)
    assert again[:4] == frame[:4]
    assert body_of(again) == vector["body"]


def test_golden_vectors_cover_every_kind() -> None:
    assert {bytes.fromhex(vector["frame"])[3] for vector in golden} == set(MESSAGE_KINDS)


@pytest.mark.parametrize("vector", bad_frames, ids=[vector["name"] for vector in bad_frames])
def test_refuses_what_is_no_message(vector: dict[str, str]) -> None:
    with pytest.raises(ProtocolError):
        decode_message(bytes.fromhex(vector["frame"]))


@given(st.binary(max_size=200), st.sampled_from(sorted(MESSAGE_KINDS)))
def test_any_bytes_are_a_message_or_a_protocol_error(body: bytes, kind: int) -> None:
    with suppress(ProtocolError):
        decode_message(b"RB\x01" + bytes([kind]) + body)


@given(plain_values)
def test_values_survive_unchanged(value: object) -> None:
    assert decode_value(encode_value(value)) == value


@given(st.integers(0, 2**53), plain_values)
def test_messages_survive_unchanged(number: int, value: object) -> None:
    request = decode_message(encode_message(Request(number, "m", [RequestItem(1, encode_value(value))], 5)))
    assert isinstance(request, Request)
    assert request.id == number
    assert decode_value(request.items[0].input) == value
    entry = ChunkEntry(number, "value", encode_value(value), None)
    chunk = decode_message(encode_message(Chunk(1, 2, [entry])))
    assert isinstance(chunk, Chunk)
    assert decode_value(chunk.entries[0].value) == value


def test_takes_an_integer_that_arrives_as_a_float() -> None:
    frame = encode_message(Ack(0))[:4] + msgspec.msgpack.encode({"sequence": float(2**40)})
    assert decode_message(frame) == Ack(2**40)


def test_not_a_number_and_infinity_cross_as_they_are() -> None:
    nan, infinity = decode_value(encode_value([math.nan, -math.inf]))
    assert math.isnan(nan)
    assert infinity == -math.inf


def test_refuses_a_field_that_is_not_declared() -> None:
    frame = encode_message(Result(1))[:4] + msgspec.msgpack.encode({"requestId": 1, "extra": 2})
    with pytest.raises(ProtocolError, match="extra"):
        decode_message(frame)


def test_names_half_of_a_surrogate_pair() -> None:
    with pytest.raises(HandlerError, match=r"surrogate pair .*ud83d.* at character 5 of 'page \\ud83d'"):
        encode_value({"texts": ["fine", "page \ud83d"]})


@pytest.mark.parametrize("value", [object(), 2**64, {1.5j: 1}])
def test_says_that_a_value_cannot_be_sent(value: object) -> None:
    with pytest.raises(HandlerError, match="cannot be sent"):
        encode_value(value)


def test_refuses_a_value_above_the_limit_with_both_sizes() -> None:
    with pytest.raises(MessageTooLargeError, match=f"{MAX_VALUE_BYTES + 6} bytes, at most {MAX_VALUE_BYTES}"):
        encode_value("a" * (MAX_VALUE_BYTES + 1))


def test_refuses_a_message_above_the_limit() -> None:
    with pytest.raises(MessageTooLargeError, match="Log has"):
        encode_message(Log("info", "x", "a" * 9_000_000))


def test_input_that_is_not_unicode_is_an_input_error() -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        decode_value(b"\xa1\xff")
