"""Starts the model process and sees to it that nothing outlives the host.

The host holds the other end of this process's standard input; its end-of-file means that the host is gone,
however it went. A thread inside the model process could not watch for that: it does not run while C code
holds the interpreter lock. Standard library only, so that it starts in milliseconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import FrameType

GRACE_SECONDS = 0.5
"""Between SIGTERM and SIGKILL: time for a handler's own children to clean up."""


def main() -> int:
    """Runs one model process to its end and returns its exit code (128 + n when signal n ended it)."""
    boot_line = sys.stdin.buffer.readline()
    if not boot_line.endswith(b"\n"):
        return 1  # the host went away before it had said what to run
    # A Ctrl-C reaches the whole foreground group; what it means is the host's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(
        [sys.executable, "-m", "repro_worker.worker", str(os.getpid())],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=kill_group, args=(child.pid,), daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    hand_over(child, boot_line)
    threading.Thread(target=kill_group_at_end_of_file, args=(child.pid,), daemon=True).start()
    return wait_for_group(child)


def hand_over(child: subprocess.Popen[bytes], boot_line: bytes) -> None:
    assert child.stdin is not None  # asked for above
    with suppress(BrokenPipeError), child.stdin:  # it died already: its exit code says more
        child.stdin.write(boot_line)


def kill_group_at_end_of_file(group: int) -> None:
    while os.read(0, 4096):
        pass  # the host has nothing more to say here
    kill_group(group)


def kill_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os.killpg(group, signal.SIGKILL)


def wait_for_group(child: subprocess.Popen[bytes]) -> int:
    # Not reaped yet, so its group's number cannot belong to anybody else while what it left behind is ended.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    code = child.wait()
    return code if code >= 0 else 128 - code
