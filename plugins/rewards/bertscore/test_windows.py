"""How a text is cut into windows, whatever its length."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from repro_worker.handlers import import_file

module = import_file(Path(__file__).with_name("handler.py"), "bertscore_handler")

FIRST, LAST = -1, -2


@dataclass(frozen=True)
class CountingEncoder:
    """The text "12" has the tokens 0 to 11."""

    window_tokens: int
    prefix: tuple[int, ...] = (FIRST,)
    suffix: tuple[int, ...] = (LAST,)

    def tokenize(self, text: str) -> list[int]:
        return list(range(int(text)))


@given(tokens=st.integers(0, 3000), window_tokens=st.integers(1, 510))
def test_keeps_every_token_once_and_in_order(tokens: int, window_tokens: int) -> None:
    windows = module.cut_windows(CountingEncoder(window_tokens), str(tokens))
    kept = [token for window in windows for token in window.ids[window.keep_from : window.keep_to]]
    assert kept == [FIRST, *range(tokens), LAST]
    assert all(len(window.ids) <= window_tokens + 2 for window in windows)


@given(tokens=st.integers(0, 5000))
def test_keeps_no_token_at_the_edge_of_a_window(tokens: int) -> None:
    """A quarter of a window of context on each side, where the text has it."""
    for window in module.cut_windows(CountingEncoder(510), str(tokens)):
        if window.number > 0:
            assert window.keep_from - 1 >= 127
        if window.ids[-2] != tokens - 1:
            assert len(window.ids) - 1 - window.keep_to >= 126


def test_starts_a_window_every_256_tokens() -> None:
    assert module.window_bounds(0, 510) == [(0, 0)]
    assert module.window_bounds(510, 510) == [(0, 510)]
    assert module.window_bounds(1000, 510) == [(0, 510), (256, 766), (512, 1000)]
