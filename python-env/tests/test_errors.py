from __future__ import annotations

import sys
from types import ModuleType

import pytest

from repro_worker import errors
from repro_worker.errors import (
    CancelledError,
    HandlerError,
    OutOfMemoryError,
    ReproError,
    boundary,
    name_error,
)
from repro_worker.wire_error import MAX_SUMMARY_CHARACTERS, MAX_TRACEBACK_CHARACTERS, describe_error


def test_every_error_stands_in_the_drawing_with_its_code() -> None:
    for kind in set(ReproError.__subclasses__()) - {errors.CallbackError}:
        assert f"{kind.__name__} " in str(errors.__doc__)
        assert kind.code in str(errors.__doc__)


def test_the_boundary_lets_an_error_with_a_name_pass() -> None:
    cancelled = CancelledError()
    with pytest.raises(CancelledError) as raised, boundary("a"), boundary("b"):
        raise cancelled
    assert raised.value is cancelled


def test_the_boundary_names_a_plain_error_once() -> None:
    named_by_inner = pytest.raises(HandlerError, match=r"^inner raised ValueError: no$")
    with named_by_inner, boundary("outer"), boundary("inner"):
        raise ValueError("no")


def test_out_of_memory_in_torch_is_known_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = ModuleType("torch")
    out_of_memory = type("OutOfMemoryError", (RuntimeError,), {})
    torch.OutOfMemoryError = out_of_memory  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert isinstance(name_error("score", out_of_memory("CUDA out of memory")), OutOfMemoryError)
    cpu = RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: 9 bytes")
    assert isinstance(name_error("score", cpu), OutOfMemoryError)
    assert isinstance(name_error("score", RuntimeError("other")), HandlerError)


def test_the_host_gets_one_line_and_the_traceback_of_the_cause() -> None:
    with pytest.raises(HandlerError) as raised, boundary("reward/x#score"):
        raise KeyError("two\nlines")
    described = describe_error(raised.value)
    assert described.code == "REPRO_WORKER_HANDLER"
    assert described.summary == r"reward/x#score raised KeyError: 'two\nlines'"
    assert str(described.traceback).endswith("KeyError: 'two\\nlines'\n")
    assert "HandlerError" not in str(described.traceback)
    assert not described.retryable


def test_what_an_error_says_is_bounded_and_well_formed() -> None:
    with pytest.raises(HandlerError) as raised, boundary("x"):
        raise ValueError("begin" + "\ud800" * 100_000 + "end")
    described = describe_error(raised.value)
    assert described.summary.startswith("x raised ValueError: begin")
    assert described.summary.endswith("end")
    # A lone surrogate becomes six characters that name it.
    assert len(described.summary) < 6 * MAX_SUMMARY_CHARACTERS + 100
    assert len(str(described.traceback)) < 6 * MAX_TRACEBACK_CHARACTERS + 100
    described.summary.encode()
