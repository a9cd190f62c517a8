from __future__ import annotations

from itertools import chain
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from repro_worker.codec import encode_message, encode_value
from repro_worker.outbox import CHUNK_BYTES, DELAY_SECONDS, Outbox
from repro_worker.protocol import MAX_MESSAGE_BYTES, NIL, Chunk, ChunkEntry, Result


def value(item_id: int, size: int = 1) -> ChunkEntry:
    return ChunkEntry(item_id, "value", Raw(b"\x00" * size), None)


def test_entries_that_finish_together_share_a_chunk() -> None:
    outbox = Outbox(window=1)
    outbox.add(1, value(10), now=0.0)
    outbox.add(1, value(11), now=0.001)
    assert list(outbox.take_due(0.001)) == []
    assert outbox.next_due() == DELAY_SECONDS
    ((chunk,),) = outbox.take_due(DELAY_SECONDS)
    assert isinstance(chunk, Chunk)
    assert [entry.item_id for entry in chunk.entries] == [10, 11]


def test_the_last_entry_of_a_request_waits_for_nobody() -> None:
    outbox = Outbox(window=1)
    outbox.add(1, value(10), now=0.0)
    outbox.complete(1)
    assert list(outbox.take_due(0.0)) == [[Chunk(1, 0, [value(10)]), Result(1)]]


def test_a_full_chunk_goes_at_once() -> None:
    outbox = Outbox(window=1)
    outbox.add(1, value(10, CHUNK_BYTES), now=0.0)
    assert len(list(outbox.take_due(0.0))) == 1


def test_a_closed_window_holds_everything_back_until_an_ack() -> None:
    outbox = Outbox(window=1)
    for item_id in (10, 11):
        outbox.add(1, value(item_id, CHUNK_BYTES), now=0.0)
    outbox.complete(1)
    assert [type(message) for (message,) in outbox.take_due(9.0)] == [Chunk]
    assert outbox.next_due() is None
    assert list(outbox.take_due(9.0)) == []
    outbox.acknowledge(0)
    ((last, end),) = outbox.take_due(9.0)
    assert (type(last), type(end)) == (Chunk, Result)


def test_an_endless_stream_does_not_keep_the_window_to_itself() -> None:
    outbox = Outbox(window=1)
    for _ in range(3):
        outbox.add(1, ChunkEntry(10, "more", Raw(b"\x00" * CHUNK_BYTES), None), now=0.0)
    outbox.add(2, value(20), now=0.0)
    served: list[int] = []
    for sequence in range(3):
        served += [message.request_id for (message,) in outbox.take_due(1.0)]
        outbox.acknowledge(sequence)
    assert served == [1, 2, 1]


sizes = st.integers(1, CHUNK_BYTES * 2)
plans = st.lists(st.lists(st.lists(sizes, max_size=3), min_size=1, max_size=4), min_size=1, max_size=4)


@given(plans, st.integers(1, 3), st.integers(0, 2**32))
def test_every_item_arrives_whole_in_order_and_ends_once(
    requests: list[list[list[int]]], window: int, seed: int
) -> None:
    chance = Random(seed)
    outbox = Outbox(window)
    todo: list[tuple[int, list[ChunkEntry]]] = []
    for request_id, items in enumerate(requests):
        for number, stream in enumerate(items):
            item_id = request_id * 10 + number
            entries = [ChunkEntry(item_id, "more", encode_value(b"x" * size), None) for size in stream]
            todo.append((request_id, [*entries, ChunkEntry(item_id, "end", NIL, None)]))
    expected = {entries[-1].item_id: list(entries) for _, entries in todo}
    unfinished = {request_id: len(items) for request_id, items in enumerate(requests)}

    received: dict[int, list[ChunkEntry]] = {}
    ended: list[int] = []
    unacknowledged: list[int] = []
    now = 0.0
    next_sequence = 0
    while len(ended) < len(requests):
        now += chance.choice([0.0, 0.001, 0.01])
        if todo and chance.random() < 0.5:
            index = chance.randrange(len(todo))
            request_id, entries = todo[index]
            entry = entries.pop(0)
            outbox.add(request_id, entry, now)
            if not entries:
                todo.pop(index)
                unfinished[request_id] -= 1
                if unfinished[request_id] == 0:
                    outbox.complete(request_id)
        for message in chain.from_iterable(outbox.take_due(now)):
            assert message.request_id not in ended
            if isinstance(message, Result):
                ended.append(message.request_id)
                continue
            assert message.sequence == next_sequence
            next_sequence += 1
            unacknowledged.append(message.sequence)
            assert len(unacknowledged) <= window
            assert len(encode_message(message)) <= MAX_MESSAGE_BYTES
            for entry in message.entries:
                assert entry.item_id // 10 == message.request_id
                received.setdefault(entry.item_id, []).append(entry)
        if unacknowledged and chance.random() < 0.5:
            outbox.acknowledge(unacknowledged.pop(0))

    assert received == expected
    assert outbox.next_due() is None
