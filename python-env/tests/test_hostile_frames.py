"""Frames that no host sends: the worker takes none of them for a message, and goes on."""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from repro_worker.codec import decode_value, encode_value
from repro_worker.errors import HandlerError, InvalidInputError
from repro_worker.link import Link
from repro_worker.protocol import MESSAGE_KINDS, Chunk, Log, Ready, Request, RequestItem

if TYPE_CHECKING:
    from conftest import Host, Worker

Connect = Callable[..., Link]
VECTORS = Path(__file__).parents[2] / "tests" / "protocol" / "messages.json"

DEEP = b"\x91" * 100_000 + b"\xc0"
BOMBS = {
    "arrays": DEEP,
    "maps": b"\x81\xa1a" * 100_000 + b"\xc0",
    "array of 100 million": b"\xdd\x05\xf5\xe1\x00\xc0",
    "map of four billion": b"\xdf\xff\xff\xff\xff",
    "text of four billion bytes": b"\xdb\xff\xff\xff\xffa",
    "extension of four billion bytes": b"\xc9\xff\xff\xff\xff\x01a",
}


def serve_one(host: Host, link: Link) -> None:
    """It still works."""
    request_id = 1000
    host.request(request_id, "m", "good")
    (item,) = link.inbox.take(1, timeout_seconds=5)
    item.finish(item.input)
    assert host.answer(request_id) == "good"


def test_random_frames_and_beginnings_of_good_ones(host: Host, linked: Connect) -> None:
    link = linked()
    chance = random.Random(7)
    for _ in range(500):
        body = chance.randbytes(chance.randrange(100))
        host.send_frame(body)
        host.send_frame(b"RB\x01" + bytes([chance.choice(sorted(MESSAGE_KINDS))]) + body)
    for vector in json.loads(VECTORS.read_text()):
        frame = bytes.fromhex(vector["frame"])
        for length in range(0, len(frame), 3):
            host.send_frame(frame[:length])
    serve_one(host, link)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_an_input_that_cannot_be_read(bomb: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InvalidInputError, match="cannot be read"):
        decode_value(bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def test_a_deep_input_in_a_request_is_dropped_and_the_link_goes_on(host: Host, linked: Connect) -> None:
    link = linked()
    host.send(Request(1, "m", [RequestItem(10, msgspec.Raw(DEEP))], 9_999))
    assert "cannot be read" in host.receive(Log).message
    serve_one(host, link)


def test_a_deep_answer_is_an_error_of_its_item() -> None:
    value: list[object] = []
    for _ in range(2000):
        value = [value]
    with pytest.raises(HandlerError, match="cannot be sent"):
        encode_value(value)


def test_a_frame_above_the_limit_is_never_held(host: Host, start_worker: Callable[..., Worker]) -> None:
    start_worker("""
@handler("echo")
def echo(request: Text, context: HandlerContext) -> Text:
    return request
""")
    pid = host.welcome().pid
    host.receive(Ready)
    host.request(1, "reward/test#echo", {"text": "good"})
    host.receive(Chunk)
    before = peak_kilobytes(pid)
    host.send_frame(bytes(2**28))
    host.receive_within(0.5)
    assert peak_kilobytes(pid) - before < 50_000


def peak_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
