from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# A process of its own: what it changes is there for good.
COUNT_FAULTS = """
import resource, sys
from repro_worker.keep_freed_memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
def faults_of(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        message = b"x" * 9_000_000
        text = message.decode()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults_of(3)
print(faults_of(10))
"""


def count_faults(mode: str) -> int:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}
    command = [sys.executable, "-c", COUNT_FAULTS, mode]
    return int(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told to")
def test_large_messages_take_the_memory_of_those_before_them() -> None:
    assert count_faults("keep") < 500
    assert count_faults("leave") > 5_000
