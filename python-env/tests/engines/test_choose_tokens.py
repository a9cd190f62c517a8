"""Sampling draws what it says it draws, row by row."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro_worker.engines.transformers.choose_tokens import Draw, choose_tokens, uniform_noise


def draw(noise: float, *, temperature: float = 1.0, top_p: float = 1.0, top_k: int = 0) -> Draw:
    return Draw(temperature, top_p, top_k, noise)


def test_draws_each_token_as_often_as_it_is_likely() -> None:
    import torch

    probabilities = [0.5, 0.3, 0.15, 0.05]
    logits = torch.tensor(probabilities).log().repeat(4000, 1)
    noise = [uniform_noise(seed, step) for seed in range(40) for step in range(100)]
    counts = Counter(choose_tokens(logits, [draw(one) for one in noise]))
    for token, probability in enumerate(probabilities):
        assert counts[token] / 4000 == pytest.approx(probability, abs=0.03)
    nucleus = Counter(choose_tokens(logits, [draw(one, top_p=0.7) for one in noise]))
    assert set(nucleus) == {0, 1}
    assert nucleus[0] / 4000 == pytest.approx(0.5 / 0.8, abs=0.03)
    assert set(choose_tokens(logits, [draw(one, top_k=3, top_p=0.9) for one in noise])) == {0, 1, 2}
    assert set(choose_tokens(logits, [draw(one, top_k=3, top_p=0.8) for one in noise])) == {0, 1}


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32),
    rows=st.lists(
        st.builds(
            draw,
            st.floats(0, 1, exclude_max=True),
            temperature=st.sampled_from([0, 0.3, 1.0, 5.0]),
            top_p=st.sampled_from([0.01, 0.5, 0.99, 1.0]),
            top_k=st.sampled_from([0, 1, 5, 300, 5000]),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_a_row_is_drawn_the_same_alone_and_in_company(seed: int, rows: list[Draw]) -> None:
    """More tokens than are sorted at once, from peaked to flat, so that every way of sorting is met."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    logits = (
        torch.randn(len(rows), 1000, generator=generator)
        * torch.tensor([[0.01], [3.0], [30.0]])[torch.arange(len(rows)) % 3]
    )
    together = choose_tokens(logits, rows)
    assert together == [choose_tokens(logits[[index]], [row])[0] for index, row in enumerate(rows)]


@given(st.integers(-(2**63), 2**64 - 1), st.integers(0, 100_000))
def test_noise_is_a_number_from_zero_to_one(seed: int, step: int) -> None:
    assert 0 <= uniform_noise(seed, step) < 1
    assert uniform_noise(seed, step) == uniform_noise(seed, step) != uniform_noise(seed, step + 1)


def test_the_highest_noise_draws_a_token_that_has_weight() -> None:
    import torch

    logits = torch.tensor([[1.0, 2.0, -math.inf, -math.inf]])
    assert choose_tokens(logits, [draw(1 - 2**-53)]) == [1]
