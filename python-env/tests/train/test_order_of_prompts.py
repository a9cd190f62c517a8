"""The order of a run's prompts."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from repro_worker.train.order_of_prompts import order_of_prompts

documents = st.lists(st.sampled_from("abcde"), min_size=1, max_size=20)


@given(documents, st.integers(1, 60), st.integers(0, 5))
def test_every_document_comes_once_before_any_comes_again(names: list[str], count: int, seed: int) -> None:
    order = order_of_prompts(names, count, seed)
    assert len(order) == count
    seen = Counter(names[index] for index in order)
    assert max(seen.values()) - min((seen[name] for name in set(names)), default=0) <= 1


@given(documents, st.integers(1, 60), st.integers(0, 5))
def test_every_passage_of_a_document_comes_once_before_any_comes_again(
    names: list[str], count: int, seed: int
) -> None:
    seen = Counter(order_of_prompts(names, count, seed))
    for name in set(names):
        times = [seen[index] for index, other in enumerate(names) if other == name]
        assert max(times) - min(times) <= 1


@given(documents, st.integers(1, 30))
def test_a_longer_run_begins_like_a_shorter_one(names: list[str], count: int) -> None:
    assert order_of_prompts(names, 2 * count, 1)[:count] == order_of_prompts(names, count, 1)


def test_the_seed_decides() -> None:
    names = list("abcdefgh")
    assert order_of_prompts(names, 8, 1) == order_of_prompts(names, 8, 1)
    assert order_of_prompts(names, 8, 1) != order_of_prompts(names, 8, 2)
    assert order_of_prompts(names, 16, 1)[:8] != order_of_prompts(names, 16, 1)[8:]
