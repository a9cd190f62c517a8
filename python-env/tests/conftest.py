"""The host's side of the bridge, played by the test through a real ROUTER socket."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
import zmq
from hypothesis import HealthCheck, settings

from repro_worker.codec import decode_message, decode_value, encode_message, encode_value
from repro_worker.link import Link
from repro_worker.protocol import (
    Ack,
    BootLine,
    Chunk,
    ChunkEntry,
    EngineBoot,
    HandlerBoot,
    HandlerFile,
    Hello,
    Request,
    RequestItem,
    Result,
    Welcome,
    WireMessage,
)
from repro_worker.service import ServiceInfo

SOURCE = Path(__file__).parent.parent / "src"

Kind = TypeVar("Kind")

# A busy machine is no failure of a property.
settings.register_profile(
    "repro", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.load_profile("repro")


class Host:
    """One worker's host. What arrives is kept in `received`, in order."""

    def __init__(self, folder: Path) -> None:
        self.endpoint = f"ipc://{folder}/host"
        self.received: list[WireMessage] = []
        self.acknowledges = True
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.linger = 0
        # As the real host: a router drops what is above the mark, which is 1,000 messages otherwise.
        self._socket.sndhwm = self._socket.rcvhwm = 0
        self._socket.bind(self.endpoint)
        self._identity = b""
        self._frames: list[bytes] = []

    def send(self, message: WireMessage) -> None:
        self._socket.send_multipart([self._identity, encode_message(message)])

    def send_frame(self, frame: bytes) -> None:
        self._socket.send_multipart([self._identity, frame])

    def request(
        self, request_id: int, method: str, *inputs: object, deadline_milliseconds: int = 10_000
    ) -> None:
        """Item ids are 10 * request id + 0, 1, 2, ..."""
        items = [RequestItem(10 * request_id + n, encode_value(value)) for n, value in enumerate(inputs)]
        self.send(Request(request_id, method, items, deadline_milliseconds))

    def receive(self, kind: type[Kind], seconds: float = 5.0) -> Kind:
        """The next message of this kind; those before it are only kept."""
        until = time.monotonic() + seconds
        while True:
            left = max(0, int((until - time.monotonic()) * 1000))
            if not self._frames:
                assert self._socket.poll(left), (
                    f"no {kind.__name__} within {seconds} s; got {self.received[-5:]}"
                )
                self._identity, *self._frames = self._socket.recv_multipart()
            message = decode_message(self._frames.pop(0))
            self.received.append(message)
            if isinstance(message, Chunk) and self.acknowledges:
                self.send(Ack(message.sequence))
            if isinstance(message, kind):
                return message

    def receive_within(self, seconds: float) -> int:
        """Takes what comes in this time, and says how many messages that were."""
        before = len(self.received)
        until = time.monotonic() + seconds
        while self._frames or self._socket.poll(max(0, int((until - time.monotonic()) * 1000))):
            self.receive(object)  # any message
        return len(self.received) - before

    def welcome(self, heartbeat_milliseconds: int = 60_000, chunk_window: int = 8) -> Hello:
        hello = self.receive(Hello)
        self.send(Welcome(heartbeat_milliseconds, chunk_window))
        return hello

    def result(self, request_id: int, seconds: float = 5.0) -> dict[int, list[ChunkEntry]]:
        """Waits for the end of a request; its entries by item."""
        while self.receive(Result, seconds).request_id != request_id:
            pass
        entries: dict[int, list[ChunkEntry]] = {}
        for message in self.received:
            if isinstance(message, Chunk) and message.request_id == request_id:
                for entry in message.entries:
                    entries.setdefault(entry.item_id, []).append(entry)
        return entries

    def answer(self, request_id: int, seconds: float = 5.0) -> Any:  # noqa: ANN401
        """The value of a request of one item, or its error."""
        (((entry,)),) = self.result(request_id, seconds).values()
        return entry.error or decode_value(entry.value)

    def close(self) -> None:
        self._socket.close()
        self._context.term()


class Worker:
    """A guardian and its model process."""

    def __init__(self, host: Host, boot: HandlerBoot | EngineBoot, python_path: Path = SOURCE) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "repro_worker"],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{python_path}:{SOURCE}"},
        )
        assert self.process.stdin
        line = msgspec.json.encode(BootLine(host.endpoint, "worker-1", "secret", boot)) + b"\n"
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def close_standard_input(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()


@pytest.fixture
def host() -> Iterator[Host]:
    # Not tmp_path: the path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="repro-") as folder:
        host = Host(Path(folder))
        yield host
        host.close()


@pytest.fixture
def linked(host: Host) -> Iterator[Callable[..., Link]]:
    """Connects a link of this process to the host; the test is the service."""
    links: list[Link] = []

    def connect(**welcome: int) -> Link:
        link = Link(BootLine(host.endpoint, "worker-1", "secret", HandlerBoot([], "cpu")))
        links.append(link)
        connecting = threading.Thread(target=link.connect)
        connecting.start()
        host.welcome(**welcome)
        connecting.join()
        link.send_ready(ServiceInfo(concurrency=1, max_in_flight=2, max_bytes=1024))
        return link

    yield connect
    for link in links:
        link.close("the test is over")


@pytest.fixture
def start_boot(host: Host) -> Iterator[Callable[..., Worker]]:
    """Starts a real worker for what a boot line says."""
    workers: list[Worker] = []

    def start(boot: HandlerBoot | EngineBoot, python_path: Path = SOURCE) -> Worker:
        workers.append(Worker(host, boot, python_path))
        return workers[-1]

    yield start
    for worker in workers:
        worker.close_standard_input()
        worker.process.wait(5)


@pytest.fixture
def start_worker(
    start_boot: Callable[..., Worker], handler_file: Callable[[str], Path]
) -> Callable[..., Worker]:
    """Starts a real handler worker for handler code written in the test."""

    def start(code: str, requires: list[str] | None = None) -> Worker:
        file = HandlerFile("reward/test", str(handler_file(code)), requires or [])
        return start_boot(HandlerBoot([file], "cpu"))

    return start


HANDLER_IMPORTS = """
from __future__ import annotations
import os, sys, subprocess, time
from collections.abc import Iterator
from typing import Any
from repro_worker import HandlerContext, Message, handler

class Text(Message):
    text: str

"""


@pytest.fixture
def handler_file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes handler code to a file of its own."""

    def write(code: str) -> Path:
        file = tmp_path / "handler.py"
        file.write_text(HANDLER_IMPORTS + code)
        return file

    return write
