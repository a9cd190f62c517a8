from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from msgspec import Raw

from repro_worker.codec import decode_value, encode_value
from repro_worker.errors import CallbackError, CancelledError, DeadlineError, ReproError
from repro_worker.link import Link
from repro_worker.protocol import (
    PROTOCOL_VERSION,
    Ack,
    Callback,
    CallbackResult,
    Cancel,
    Chunk,
    ErrorMessage,
    Goodbye,
    Heartbeat,
    Hello,
    Log,
    Progress,
    Ready,
    Request,
    RequestItem,
    Result,
    WireError,
)
from repro_worker.service import Item

if TYPE_CHECKING:
    from conftest import Host

Connect = Callable[..., Link]


def take(link: Link) -> Item:
    (item,) = link.inbox.take(1, timeout_seconds=5)
    return item


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_says_hello_then_ready(host: Host, linked: Connect) -> None:
    linked()
    host.receive(Ready)
    hello = host.received[0]
    assert isinstance(hello, Hello)
    assert (hello.worker_id, hello.token, hello.protocol_version) == ("worker-1", "secret", PROTOCOL_VERSION)
    assert Ready(1, 2, 1024, {}) in host.received


def test_heartbeats_come_by_themselves_and_count_what_is_unfinished(host: Host, linked: Connect) -> None:
    link = linked(heartbeat_milliseconds=20)
    host.request(1, "slow", None, None)
    take(link)
    while host.receive(Heartbeat).unfinished_items != 2:
        pass
    assert host.receive(Heartbeat).sequence > 0


def test_every_item_ends_once_and_the_result_comes_last(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", "a", "b", "c")
    first, second, third = link.inbox.take(8, timeout_seconds=5)
    assert (first.method, first.input, third.input) == ("m", "a", "c")
    third.finish("C")
    second.fail(KeyError("b"))
    first.more(1)
    first.more(2)
    first.end()
    entries = host.result(1)
    assert [entry.kind for entry in entries[10]] == ["more", "more", "end"]
    assert [entry.kind for entry in entries[11]] == ["error"]
    assert [decode_value(entry.value) for entry in entries[12]] == ["C"]
    assert isinstance(host.received[-1], Result)
    for again in (first.end, lambda: second.finish(0), lambda: third.more(0)):
        with pytest.raises(RuntimeError, match="ended"):
            again()


def test_a_value_that_cannot_be_sent_fails_its_item_alone(host: Host, linked: Connect) -> None:
    link = linked()
    for request_id, value in enumerate(["x" * 9_000_000, "half \ud800", object()], start=1):
        host.request(request_id, "m", None)
        take(link).finish(value)
    assert host.answer(1).code == "REPRO_MESSAGE_TOO_LARGE"
    assert host.answer(2).code == "REPRO_WORKER_HANDLER"
    assert "Encoding objects of type object" in host.answer(3).summary


def test_an_input_that_cannot_be_read_fails_its_item_alone(host: Host, linked: Connect) -> None:
    link = linked()
    not_unicode = RequestItem(10, Raw(b"\xa2\xff\xff"))
    host.send(Request(1, "m", [not_unicode, RequestItem(11, encode_value(1))], 9_999))
    take(link).finish("fine")
    entries = host.result(1)
    assert entries[10][0].error
    assert entries[10][0].error.code == "REPRO_INVALID_INPUT"
    assert decode_value(entries[11][0].value) == "fine"


def test_at_most_the_window_is_unacknowledged_and_a_stream_waits(host: Host, linked: Connect) -> None:
    link = linked(chunk_window=2)
    host.acknowledges = False
    host.request(1, "stream", None)
    item = take(link)
    sent: list[int] = []

    def produce() -> None:
        for number in range(200):
            item.more(bytes(100_000))
            sent.append(number)
        item.end()

    producing = in_thread(produce)
    host.receive(Chunk)
    host.receive(Chunk)
    time.sleep(0.2)
    assert host.receive_within(0.1) == 0
    assert len(sent) < 100  # 8 MiB wait, the rest is not made yet
    host.acknowledges = True
    host.send(Ack(1))
    entries = host.result(1)[10]
    producing.join(5)
    assert [entry.kind for entry in entries] == ["more"] * 200 + ["end"]
    sequences = [message.sequence for message in host.received if isinstance(message, Chunk)]
    assert sequences == list(range(len(sequences)))


def test_a_frozen_host_fills_no_memory_and_gets_its_answer_later(host: Host, linked: Connect) -> None:
    link = linked(heartbeat_milliseconds=1)
    host.request(1, "m", None)
    item = take(link)
    for _ in range(30_000):
        link.send_log("info", "chatty", "x" * 200)
    item.finish("late")
    time.sleep(0.3)
    assert host.answer(1) == "late"
    assert 0 < sum(isinstance(message, Log) for message in host.received) < 20_000


def test_a_cancelled_item_that_waits_ends_at_once(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None, None)
    host.send(Cancel(1, []))
    assert {entry.error and entry.error.code for (entry,) in host.result(1).values()} == {"REPRO_CANCELLED"}
    assert link.inbox.take(1, timeout_seconds=0) == []


def test_a_cancelled_item_that_runs_is_told(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", "stop", "go on")
    stop, go_on = link.inbox.take(2, timeout_seconds=5)
    host.send(Cancel(1, [10]))
    wait_until(lambda: stop.cancelled)
    assert not go_on.cancelled
    with pytest.raises(CancelledError):
        stop.more("too late")
    stop.fail(CancelledError())
    go_on.finish("done")
    entries = host.result(1)
    assert entries[10][0].error
    assert entries[10][0].error.code == "REPRO_CANCELLED"
    assert decode_value(entries[11][0].value) == "done"


def test_a_cancel_wakes_a_stream_that_waits_for_room(host: Host, linked: Connect) -> None:
    link = linked(chunk_window=1)
    host.acknowledges = False
    host.request(1, "stream", None)
    item = take(link)

    def produce() -> None:
        try:
            while True:
                item.more(bytes(1_000_000))
        except ReproError as error:
            item.fail(error)

    producing = in_thread(produce)
    host.receive(Chunk)
    time.sleep(0.1)
    assert producing.is_alive()
    host.send(Cancel(1, []))
    producing.join(5)
    assert not producing.is_alive()


def test_a_cancel_of_what_has_ended_is_nothing(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None)
    take(link).finish(1)
    host.result(1)
    host.send(Cancel(1, []))
    host.request(2, "m", None)
    take(link).finish(2)
    assert host.answer(2) == 2


def test_a_deadline_ends_what_waits_and_marks_what_runs(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", "runs", "waits", deadline_milliseconds=100)
    item = take(link)
    waited = host.receive(Chunk).entries[0]
    assert waited.item_id == 11
    assert waited.error
    assert (waited.error.code, waited.error.summary) == ("REPRO_DEADLINE", "Not finished within 0.1 s.")
    assert item.cancelled
    item.fail(CancelledError())
    error = host.result(1)[10][0].error
    assert error
    assert error.code == "REPRO_DEADLINE"


def test_progress_renews_the_deadline(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None, deadline_milliseconds=250)
    item = take(link)
    for step in range(6):
        time.sleep(0.1)
        item.progress("still at it", step, 6)
    assert not item.cancelled
    assert host.receive(Progress) == Progress(1, "still at it", 0, 6)
    wait_until(lambda: item.cancelled)
    item.progress("too late")
    item.fail(CancelledError())
    assert host.answer(1).code == "REPRO_DEADLINE"


def test_progress_that_cannot_be_sent_is_an_error_of_who_made_it(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None)
    item = take(link)
    with pytest.raises(TypeError):
        item.progress("half", object())  # pyright: ignore[reportArgumentType]
    item.finish("fine")
    assert host.answer(1) == "fine"


def test_a_callback_brings_the_host_s_value(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None)
    item = take(link)
    in_thread(lambda: item.finish(item.callback("double", 21, timeout_seconds=5)))
    callback = host.receive(Callback)
    assert (callback.request_id, callback.name, decode_value(callback.input)) == (1, "double", 21)
    assert callback.deadline_milliseconds == 5000
    host.send(CallbackResult(callback.id, 42))
    assert host.answer(1) == 42


def test_a_callback_that_fails_keeps_its_code(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None)
    item = take(link)

    def work() -> None:
        try:
            item.callback("double", 21, timeout_seconds=5)
        except CallbackError as error:
            item.fail(error)

    in_thread(work)
    callback = host.receive(Callback)
    error = WireError("REPRO_CALLBACK_REENTRANT", "not now", None, retryable=True)
    host.send(ErrorMessage(None, callback.id, error))
    failed = host.answer(1)
    assert (failed.code, failed.summary, failed.retryable) == ("REPRO_CALLBACK_REENTRANT", "not now", True)


def test_a_callback_times_out_and_its_late_answer_is_dropped(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None)
    item = take(link)
    with pytest.raises(DeadlineError, match=r"Callback `slow` was not answered within 0\.05 s"):
        item.callback("slow", None, timeout_seconds=0.05)
    host.send(CallbackResult(host.receive(Callback).id, "late"))
    item.finish("on")
    assert host.answer(1) == "on"


def test_a_cancel_wakes_a_callback(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None)
    item = take(link)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            item.callback("never", None, timeout_seconds=60)
        except CancelledError as error:
            raised.append(error)
            item.fail(error)

    in_thread(work)
    host.receive(Callback)
    host.send(Cancel(1, []))
    assert host.answer(1).code == "REPRO_CANCELLED"
    with pytest.raises(CancelledError):
        item.callback("again", None, timeout_seconds=60)
    assert len(raised) == 1


def test_goodbye_closes_the_inbox_and_wakes_everybody(host: Host, linked: Connect) -> None:
    link = linked()
    host.request(1, "m", None)
    item = take(link)
    woken = in_thread(lambda: link.inbox.take(1, timeout_seconds=None))
    host.send(Goodbye("closing"))
    woken.join(5)
    assert link.inbox.closed
    assert link.inbox.take(1, timeout_seconds=None) == []
    wait_until(lambda: item.cancelled)


def test_a_message_that_makes_no_sense_is_logged_and_changes_nothing(host: Host, linked: Connect) -> None:
    link = linked()
    host.send_frame(b"RB\x01\x05\x80")
    assert "cannot be read" in host.receive(Log).message
    host.send(Result(1))
    assert "only a worker sends" in host.receive(Log).message
    host.request(1, "m", None)
    take(link).finish("fine")
    assert host.answer(1) == "fine"


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)
