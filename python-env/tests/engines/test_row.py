"""How a completion ends: stop strings across tokens, end tokens, the last character."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_worker.engines.transformers.messages import Completed, Sampling
from repro_worker.engines.transformers.prompt import Prompt
from repro_worker.engines.transformers.row import Row, ends_in_repetition

END = 1_000_000


def complete(pieces: Sequence[str], *, stop: list[str], most: int = 100) -> Completed:
    """Feeds tokens that spell `pieces`, then the end token."""
    item: Any = None
    row = Row(item, Prompt([1], think_prefilled=False, cuts=[]), Sampling(stop=stop), seed=1, max_tokens=most)

    def decode(ids: Sequence[int]) -> str:
        return "".join(pieces[id] for id in ids)

    for token in [*range(len(pieces)), END]:
        row.accept(token, frozenset({END}), decode)
        if row.finish_reason is not None:
            break
    return row.completed(decode)


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["Here is:\nAll good </docu", "ment> junk"], "Here is:\nAll good "),
        (["<think>ends with </document>", " so"], "<think>ends with "),
        (["Here is:\nAll good </docu"], "Here is:\nAll good </docu"),
        (["</document>"], ""),
        (list("one </document> two"), "one "),
    ],
)
def test_p07_a_stop_string_is_found_across_tokens(pieces: list[str], text: str) -> None:
    completion = complete(pieces, stop=["</document>"])
    assert (completion.text, completion.finish_reason) == (text, "stop")


def test_the_first_of_several_stop_strings_ends_it() -> None:
    assert complete(["one two", " three"], stop=["two three", "one two t"]).text == ""


def test_a_limit_in_the_middle_of_a_stop_string_keeps_what_is_there() -> None:
    completion = complete(["All good ", "</docu", "ment>"], stop=["</document>"], most=2)
    assert (completion.text, completion.finish_reason, completion.tokens) == ("All good </docu", "length", 2)


def test_a_character_that_did_not_become_whole_is_left_out() -> None:
    assert complete(["na", "\ufffd"], stop=[], most=2).text == "na"
    assert complete(["na", "\ufffd", "."], stop=[]).text == "na\ufffd."


@given(st.text("ab<", max_size=30), st.lists(st.text("ab<", min_size=1, max_size=4), max_size=3), st.data())
def test_the_text_is_what_comes_before_the_first_stop_string(
    text: str, stop: list[str], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True) if a < b]
    # A stop string that only a later token would complete does not count.
    written = [text[: sum(map(len, pieces[: count + 1]))] for count in range(len(pieces))]
    ended = next((so_far for so_far in written if any(one in so_far for one in stop)), text)
    found = [ended.index(one) for one in stop if one in ended]
    assert complete(pieces, stop=stop).text == ended[: min(found, default=len(ended))]


def write_tokens(tokens: Sequence[int], *, stop_after: int, most: int) -> Completed:
    item: Any = None
    sampling = Sampling(stop_repetition_after=stop_after)
    row = Row(item, Prompt([1], think_prefilled=False, cuts=[]), sampling, seed=1, max_tokens=most)
    for token in tokens:
        row.accept(token, frozenset({END}), lambda ids: "".join(chr(97 + id) for id in ids))
        if row.finish_reason is not None:
            break
    return row.completed(lambda ids: "".join(chr(97 + id) for id in ids))


def test_a_completion_that_goes_in_circles_ends_soon_after_the_given_tokens() -> None:
    circles = [9, 8, 7, 6, *[1, 2, 3] * 100]
    completion = write_tokens(circles, stop_after=24, most=200)
    assert completion.finish_reason == "repetition"
    assert 28 <= completion.tokens <= 28 + 8
    assert completion.text.startswith("jihgbcdbcd")
    assert write_tokens(circles, stop_after=0, most=200).finish_reason == "length"


def test_three_repeats_are_no_circle() -> None:
    verse = [*range(8)]
    assert not ends_in_repetition(verse * 3, 24)
    assert ends_in_repetition(verse * 4, 32)
    assert not ends_in_repetition([1] * 23, 24)


@given(st.lists(st.integers(0, 2), max_size=60), st.integers(4, 24))
def test_the_last_tokens_have_a_period_of_a_quarter_at_most(tokens: list[int], tail: int) -> None:
    end = tokens[-tail:]
    whole = len(end) == tail and any(
        all(token == end[index % period] for index, token in enumerate(end))
        for period in range(1, tail // 4 + 1)
    )
    assert ends_in_repetition(tokens, tail) == whole
