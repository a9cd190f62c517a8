"""A Python exception as the host will see it."""

from __future__ import annotations

import traceback
from typing import Final

from repro_worker.errors import ReproError
from repro_worker.protocol import WireError

MAX_SUMMARY_CHARACTERS: Final = 2_000
MAX_TRACEBACK_CHARACTERS: Final = 12_000


def describe_error(error: ReproError) -> WireError:
    """One line, and the traceback of what was raised first: the cause when a plain error was given a name."""
    origin = error.__cause__ or error
    text = "".join(traceback.format_exception(origin)) if origin.__traceback__ else None
    return WireError(
        code=error.code,
        summary=shorten(" ".join(str(error).split()), MAX_SUMMARY_CHARACTERS),
        traceback=text and shorten(text, MAX_TRACEBACK_CHARACTERS),
        retryable=error.retryable,
    )


def shorten(text: str, most_characters: int) -> str:
    """Both ends of a text that is too long, as well-formed Unicode."""
    if len(text) > most_characters:
        half = most_characters // 2
        text = f"{text[:half]} [... {len(text) - 2 * half} characters left out ...] {text[-half:]}"
    return text.encode("utf-8", "backslashreplace").decode()
