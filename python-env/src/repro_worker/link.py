"""The connection to the host.

One I/O thread owns the DEALER socket and all state of the protocol: heartbeats, chunks and their window,
deadlines, cancels, callbacks. Other threads have things done there through the mailbox; the service's thread
meets it in the inbox only.
"""

from __future__ import annotations

import itertools
import math
import os
import platform
import threading
import time
import traceback
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

import zmq
from msgspec import Raw

import repro_worker
from repro_worker.byte_budget import ByteBudget
from repro_worker.callback_table import CallbackTable
from repro_worker.codec import ProtocolError, decode_message, decode_value, encode_message
from repro_worker.dealer import Dealer
from repro_worker.errors import CallbackError, CancelledError, DeadlineError, InvalidInputError, ReproError
from repro_worker.item_queue import ItemQueue
from repro_worker.link_item import LinkItem
from repro_worker.mailbox import Mailbox
from repro_worker.open_requests import OpenRequests
from repro_worker.outbox import Outbox
from repro_worker.protocol import (
    PROTOCOL_VERSION,
    Ack,
    BootLine,
    Callback,
    CallbackResult,
    Cancel,
    Chunk,
    ChunkEntry,
    ErrorMessage,
    Goodbye,
    Heartbeat,
    Hello,
    Log,
    LogLevel,
    Progress,
    Ready,
    Request,
    Welcome,
    WireMessage,
)
from repro_worker.service import ServiceInfo
from repro_worker.wire_error import describe_error, shorten

HELLO_TIMEOUT_SECONDS: Final = 10.0
MOST_UNSENT_BYTES: Final = 8 * 1024 * 1024
"""A stream whose values wait to be sent pauses above this."""
MOST_LOG_CHARACTERS: Final = 8_000


class Link:
    def __init__(self, boot: BootLine) -> None:
        self.inbox = ItemQueue()
        self._boot = boot
        self._context = zmq.Context[zmq.Socket[bytes]]()
        self._mailbox = Mailbox()
        self._budget = ByteBudget(MOST_UNSENT_BYTES)
        self._callback_ids = itertools.count()
        self._welcomed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="repro-link", daemon=True)
        # From here on: the I/O thread's own.
        self._dealer = Dealer(self._context, boot.endpoint)
        self._requests = OpenRequests()
        self._callbacks = CallbackTable()
        self._outbox = Outbox(window=0)
        self._heartbeat_seconds = float("inf")
        self._next_heartbeat_at = float("inf")
        self._heartbeats = 0
        self._closing = False

    # On the main thread, in this order.

    def connect(self) -> None:
        """Says hello and waits for the host's welcome."""
        self._thread.start()
        if not self._welcomed.wait(HELLO_TIMEOUT_SECONDS):
            raise DeadlineError(f"The host did not answer hello within {HELLO_TIMEOUT_SECONDS:g} s.")

    def send_ready(self, info: ServiceInfo) -> None:
        ready = Ready(info.concurrency, info.max_in_flight, info.max_bytes, info.info)
        self._mailbox.post(partial(self._dealer.send, encode_message(ready)))

    def send_start_error(self, error: ReproError) -> None:
        message = ErrorMessage(request_id=None, callback_id=None, error=describe_error(error))
        self._mailbox.post(partial(self._dealer.send, encode_message(message)))

    def close(self, reason: str) -> None:
        """Says goodbye after what may still be sent, and waits until it has left."""
        self._mailbox.post(partial(self._say_goodbye, reason))
        self._thread.join()
        self._mailbox.close()
        self._context.term()

    # From any thread. What cannot be encoded is the caller's error, so it is encoded here.

    def send_log(self, level: LogLevel, logger: str, message: str) -> None:
        log = Log(level, logger, shorten(message, MOST_LOG_CHARACTERS))
        self._mailbox.post(partial(self._dealer.send_if_room, encode_message(log)))

    def send_progress(
        self, request_id: int | None, message: str, done: float | None, total: float | None
    ) -> None:
        progress = Progress(request_id, shorten(message, MOST_LOG_CHARACTERS), done, total)
        self._mailbox.post(partial(self._report_progress, request_id, encode_message(progress)))

    def send_more(self, item: LinkItem, entry: ChunkEntry) -> None:
        if not self._budget.wait_and_use(len(entry.value), give_up=lambda: item.cancelled):
            raise item.stopped or CancelledError()
        self._mailbox.post(partial(self._deliver, item, entry))

    def send_final(self, item: LinkItem, entry: ChunkEntry) -> None:
        self._budget.use(len(entry.value))
        self._mailbox.post(partial(self._deliver, item, entry))

    def call_back(self, item: LinkItem, name: str, value: Raw, timeout_seconds: float) -> Any:  # noqa: ANN401
        id = next(self._callback_ids)
        callback = Callback(id, item.request_id, name, value, max(1, round(timeout_seconds * 1000)))
        answer: Future[Any] = Future()
        self._mailbox.post(partial(self._begin_callback, id, item, encode_message(callback), answer))
        try:
            return answer.result(timeout_seconds)
        except TimeoutError:
            raise DeadlineError(f"Callback `{name}` was not answered within {timeout_seconds:g} s.") from None
        finally:
            self._mailbox.post(partial(self._callbacks.end, id))

    # On the I/O thread.

    def _run(self) -> None:
        try:
            self._dealer.connect()
            self._send(self._hello())
            poller = zmq.Poller()
            poller.register(self._mailbox.receiver, zmq.POLLIN)
            while not self._closing:
                self._dealer.watch(poller)
                if self._mailbox.receiver in dict(poller.poll(self._milliseconds_to_wait())):
                    self._mailbox.run_commands()
                self._dealer.flush()
                self._receive()
                self._do_what_is_due(time.monotonic())
            self._dealer.close()
        except BaseException:  # the rest of the process would wait for ever
            traceback.print_exc()
            os._exit(70)

    def _milliseconds_to_wait(self) -> int | None:
        moments = (self._next_heartbeat_at, self._requests.next_expiry(), self._outbox.next_due())
        soonest = min(moment for moment in moments if moment is not None)
        return None if soonest == float("inf") else max(0, math.ceil((soonest - time.monotonic()) * 1000))

    def _do_what_is_due(self, now: float) -> None:
        self._end_unserved(self._requests.expire(now))
        if now >= self._next_heartbeat_at:
            heartbeat = Heartbeat(self._heartbeats, self._requests.unfinished_items)
            self._dealer.send_if_room(encode_message(heartbeat))
            self._heartbeats += 1
            self._next_heartbeat_at = now + self._heartbeat_seconds
        for messages in self._outbox.take_due(now):
            self._dealer.send(*map(encode_message, messages))
            for message in messages:
                if isinstance(message, Chunk):
                    self._budget.release(sum(len(entry.value) for entry in message.entries))

    def _hello(self) -> Hello:
        return Hello(
            worker_id=self._boot.worker_id,
            token=self._boot.token,
            pid=os.getpid(),
            protocol_version=PROTOCOL_VERSION,
            python=platform.python_version(),
            package_version=repro_worker.__version__,
        )

    def _send(self, message: WireMessage) -> None:
        self._dealer.send(encode_message(message))

    def _receive(self) -> None:
        for frame in self._dealer.receive():
            try:
                self._take(decode_message(frame))
            except ProtocolError as error:
                self.send_log("error", "repro_worker.link", str(error))

    def _take(self, message: WireMessage) -> None:
        match message:
            case Welcome():
                self._outbox = Outbox(message.chunk_window)
                self._heartbeat_seconds = message.heartbeat_milliseconds / 1000
                self._next_heartbeat_at = time.monotonic()
                self._welcomed.set()
            case Request():
                self._take_request(message)
            case Ack():
                self._outbox.acknowledge(message.sequence)
            case Cancel():
                self._end_unserved(self._requests.cancel(message.request_id, message.item_ids))
            case CallbackResult():
                self._callbacks.answer(message.callback_id, message.value)
            case ErrorMessage(callback_id=int(callback_id), error=error):
                failure = CallbackError(error.summary, code=error.code, retryable=error.retryable)
                self._callbacks.answer(callback_id, failure)
            case Goodbye():
                self.inbox.close()
                self._end_unserved(self._requests.cancel_all())
            case Heartbeat():
                pass  # the host looks whether this connection still stands
            case _:
                raise ProtocolError(
                    f"The host sent a {type(message).__name__} message, which only a worker sends."
                )

    def _take_request(self, request: Request) -> None:
        items: list[LinkItem] = []
        unreadable: list[tuple[LinkItem, InvalidInputError]] = []
        for each in request.items:
            item = LinkItem(self, request_id=request.id, item_id=each.id, method=request.method)
            items.append(item)
            try:
                item.input = decode_value(each.input)
            except InvalidInputError as error:
                unreadable.append((item, error))
        self._requests.open(request.id, items, request.deadline_milliseconds / 1000, time.monotonic())
        for item, error in unreadable:
            items.remove(item)
            item.fail(error)
        self.inbox.put(items)

    def _end_unserved(self, stopped: list[LinkItem]) -> None:
        """Of the items that were stopped: ends those that no service has taken, and wakes the others."""
        for item in stopped:
            if self.inbox.withdraw(item):
                item.fail(CancelledError())
        if stopped:
            self._callbacks.wake_stopped()
            self._budget.wake()

    def _deliver(self, item: LinkItem, entry: ChunkEntry) -> None:
        self._outbox.add(item.request_id, entry, time.monotonic())
        if entry.kind != "more" and self._requests.end_item(item.request_id, item.item_id):
            self._outbox.complete(item.request_id)

    def _report_progress(self, request_id: int | None, progress: bytes) -> None:
        if request_id is not None:
            self._requests.renew(request_id, time.monotonic())
        self._dealer.send_if_room(progress)

    def _begin_callback(self, id: int, item: LinkItem, callback: bytes, answer: Future[Any]) -> None:
        self._callbacks.begin(id, item, answer)
        if item.stopped:
            self._callbacks.answer(id, item.stopped)
        else:
            self._dealer.send(callback)

    def _say_goodbye(self, reason: str) -> None:
        self._do_what_is_due(time.monotonic())
        self._send(Goodbye(reason))
        self._closing = True
