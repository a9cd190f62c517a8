"""Real processes: a guardian, its model process, and what the two leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repro_worker.protocol import (
    Callback,
    CallbackResult,
    Cancel,
    Chunk,
    EngineBoot,
    ErrorMessage,
    Goodbye,
    Log,
    Progress,
    Ready,
)

if TYPE_CHECKING:
    from conftest import Host, Worker

StartWorker = Callable[..., "Worker"]

SOURCE = Path(__file__).parents[1] / "src"

ECHO = """
@handler("echo")
def echo(request: Text, context: HandlerContext) -> Text:
    print("x" * 100_000, flush=True)  # standard output is not the protocol
    assert sys.stdin.read() == ""
    return Text(text=request.text + context.device)
"""

# `sum` over a range never lets go of the interpreter lock.
HOG = """
@handler("hog")
def hog(request: Text, context: HandlerContext) -> Text:
    child = subprocess.Popen(["sleep", "600"])
    context.progress(str(child.pid))
    time.sleep(0.2)
    sum(range(10**12))
    return request
"""

DIE = """
@handler("die")
def die(request: Text, context: HandlerContext) -> Text:
    if request.text == "exit":
        os._exit(3)
    os.kill(os.getpid(), 9)
    return request
"""


def test_serves_handlers_until_goodbye(host: Host, start_worker: StartWorker) -> None:
    worker = start_worker(ECHO, requires=["msgspec>=0.20"])
    host.welcome()
    assert host.receive(Ready).info == {"methods": ["reward/test#echo"], "device": "cpu"}
    host.request(1, "reward/test#echo", {"text": "héllo "})
    assert host.answer(1) == {"text": "héllo cpu"}
    host.request(2, "reward/test#nothing", {})
    assert host.answer(2).code == "REPRO_UNKNOWN_METHOD"
    host.send(Goodbye("done"))
    host.receive(Goodbye)
    assert worker.process.wait(5) == 0


def test_streams_logs_and_calls_back(host: Host, start_worker: StartWorker) -> None:
    start_worker("""
import logging

@handler("ask")
def ask(request: Text, context: HandlerContext) -> Iterator[Text]:
    logging.getLogger("ask").warning("asking %s", request.text)
    yield Text(text=context.callback("answer", request, timeout_seconds=5))
    yield Text(text="end")
""")
    host.welcome()
    host.request(1, "reward/test#ask", {"text": "why"})
    assert host.receive(Log) == Log("warning", "ask", "asking why")
    host.send(CallbackResult(host.receive(Callback).id, "because"))
    assert [entry.kind for entry in host.result(1)[10]] == ["more", "more", "end"]


def test_a_cancel_ends_a_generator_at_its_yield(
    host: Host, start_worker: StartWorker, tmp_path: Path
) -> None:
    start_worker(f"""
@handler("endless")
def endless(request: Text, context: HandlerContext) -> Iterator[Text]:
    try:
        while True:
            yield request
    finally:
        open({str(tmp_path / "cleaned")!r}, "w").close()
""")
    host.welcome()
    host.request(1, "reward/test#endless", {"text": "again"})
    host.receive(Chunk)
    host.send(Cancel(1, []))
    last = host.result(1)[10][-1]
    assert last.error
    assert last.error.code == "REPRO_CANCELLED"
    assert (tmp_path / "cleaned").exists()


def test_an_import_error_arrives_with_its_traceback(host: Host, start_worker: StartWorker) -> None:
    worker = start_worker("\nimport not_there\n")
    host.welcome()
    message = host.receive(ErrorMessage)
    assert (message.request_id, message.callback_id) == (None, None)
    assert message.error.code == "REPRO_WORKER_IMPORT"
    assert "No module named 'not_there'" in message.error.summary
    assert "import not_there" in str(message.error.traceback)
    assert worker.process.wait(5) == 1


def test_requirements_are_checked_before_the_file_is_imported(host: Host, start_worker: StartWorker) -> None:
    start_worker("\nimport not_there\n", requires=["not-there>=2", "msgspec<0.1"])
    host.welcome()
    error = host.receive(ErrorMessage).error
    assert error.code == "REPRO_REQUIREMENT_MISSING"
    assert 'Plugin "reward/test" needs `not-there>=2`, found none; `msgspec<0.1`, found 0.' in error.summary


@pytest.mark.parametrize("engine", ["no-such-engine", "transformers"])
def test_an_engine_that_cannot_be_imported_is_an_import_error(
    host: Host, start_boot: Callable[..., Worker], tmp_path: Path, engine: str
) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('torch is not installed here')")
    start_boot(EngineBoot(engine, str(tmp_path), {}), python_path=tmp_path)
    host.welcome()
    assert host.receive(ErrorMessage).error.code == "REPRO_WORKER_IMPORT"


def test_end_of_file_kills_the_group_of_a_hog(host: Host, start_worker: StartWorker) -> None:
    worker = start_worker(HOG)
    model_process = host.welcome().pid
    host.receive(Ready)
    host.request(1, "reward/test#hog", {"text": ""})
    grandchild = int(next_progress_of(host, 1))
    time.sleep(0.3)
    started = time.monotonic()
    worker.close_standard_input()
    worker.process.wait(5)
    assert time.monotonic() - started < 2
    assert not is_running(model_process)
    assert not is_running(grandchild)


def test_end_of_file_kills_what_ignores_the_first_signal(host: Host, start_worker: StartWorker) -> None:
    worker = start_worker("""
import signal

@handler("deaf")
def deaf(request: Text, context: HandlerContext) -> Text:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    context.progress("deaf")
    time.sleep(600)
    return request
""")
    model_process = host.welcome().pid
    host.request(1, "reward/test#deaf", {"text": ""})
    next_progress_of(host, 1)
    worker.close_standard_input()
    assert worker.process.wait(5) == 128 + signal.SIGKILL
    assert not is_running(model_process)


def test_the_model_process_dies_with_a_guardian_that_is_killed(host: Host, start_worker: StartWorker) -> None:
    worker = start_worker(HOG)
    model_process = host.welcome().pid
    host.receive(Ready)
    worker.process.kill()
    worker.process.wait(5)
    wait_until_ended(model_process)


def test_sigterm_to_the_guardian_ends_both(host: Host, start_worker: StartWorker) -> None:
    worker = start_worker(ECHO)
    model_process = host.welcome().pid
    host.receive(Ready)
    worker.process.terminate()
    assert worker.process.wait(5) == 128 + signal.SIGTERM
    assert not is_running(model_process)


@pytest.mark.parametrize(("how", "code"), [("exit", 3), ("kill", 128 + signal.SIGKILL)])
def test_the_guardian_forwards_how_its_child_ended(
    host: Host, start_worker: StartWorker, how: str, code: int
) -> None:
    worker = start_worker(DIE)
    host.welcome()
    host.request(1, "reward/test#die", {"text": how})
    assert worker.process.wait(5) == code


def test_the_guardian_ends_when_the_host_goes_before_it_has_said_what_to_run() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "repro_worker"],
        input=b'{"endpoint": "ipc',
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        timeout=5,
        check=False,
    )
    assert ended.returncode == 1


def test_hello_comes_quickly(host: Host, start_worker: StartWorker) -> None:
    # About 0.15 s on an idle machine; the bound allows for a busy one.
    started = time.monotonic()
    start_worker(ECHO)
    host.welcome()
    assert time.monotonic() - started < 2


def next_progress_of(host: Host, request_id: int) -> str:
    while (progress := host.receive(Progress)).request_id != request_id:
        pass
    return progress.message


def is_running(pid: int) -> bool:
    """Gone, or a zombie that nobody has reaped yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until_ended(pid: int) -> None:
    until = time.monotonic() + 5
    while is_running(pid):
        assert time.monotonic() < until
        time.sleep(0.01)
