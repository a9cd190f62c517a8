"""Likelihoods equal a naive computation, and every continuation has a token (case E02)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from repro_worker.errors import CancelledError, InvalidInputError

if TYPE_CHECKING:
    from conftest import Engine

PAIRS = [
    ("The winter garden", " is open"),
    ("the win", "dow"),
    (" rea", "ding"),
    ("The key: ", "C"),
    ("The key:", " C"),
    ("", " x"),
    ("soup", " "),
    ("日", "本語"),
    ("A recipe " * 60, "for soup"),
    ("<|im_start|>", "<|im_end|>"),
]


def score(engine: Engine, *pairs: tuple[str, str]) -> list[Any]:
    return engine.serve([engine.item("likelihood", {"context": a, "continuation": b}) for a, b in pairs])


def test_every_continuation_is_scored_as_a_naive_computation_scores_it(
    engine: Engine, tiny_folder: Path
) -> None:
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModelForCausalLM

    plain: Any = Tokenizer.from_file(str(tiny_folder / "tokenizer.json"))
    plain.encode_special_tokens = True
    model: Any = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    for (context, continuation), result in zip(PAIRS, score(engine, *PAIRS), strict=True):
        encoding = plain.encode(context + continuation, add_special_tokens=False)
        boundary = len(context.rstrip(" "))
        first = next(index for index, (_, end) in enumerate(encoding.offsets) if end > boundary)
        ids = encoding.ids if first else [1, *encoding.ids]
        first = first or 1
        with torch.no_grad():
            log_probabilities = model(torch.tensor([ids])).logits[0].log_softmax(-1)
        expected = [log_probabilities[index - 1, ids[index]].item() for index in range(first, len(ids))]
        assert result.tokens == len(expected) >= 1, (context, continuation)
        assert result.sum_log_probability == pytest.approx(sum(expected), abs=1e-3)
        assert math.isfinite(result.sum_log_probability)
        assert result.bytes == len(continuation.encode())
        assert result.greedy == all(
            log_probabilities[index - 1].argmax() == ids[index] for index in range(first, len(ids))
        )


def test_a_trailing_space_belongs_to_the_continuation(engine: Engine) -> None:
    moved, joined = score(engine, ("The key: ", "C"), ("The key:", " C"))
    assert moved.sum_log_probability == joined.sum_log_probability
    assert (moved.bytes, joined.bytes) == (1, 2)


def test_the_models_own_answer_is_greedy(engine: Engine) -> None:
    (answer,) = engine.serve(
        [
            engine.item(
                "generate", {"text": "The key is", "sampling": {"temperature": 0, "maxTokens": 1}, "seed": 1}
            )
        ]
    )
    likely, unlikely = score(engine, ("The key is", answer.text), ("The key is", answer.text + "q"))
    assert (likely.greedy, unlikely.greedy) == (True, False)


def test_an_empty_continuation_is_an_error_and_its_neighbours_are_scored(engine: Engine) -> None:
    good, empty = score(engine, ("soup", " is"), ("soup", ""))
    assert good.tokens >= 1
    assert isinstance(empty, InvalidInputError)
    assert "`$.continuation`" in str(empty)


def test_a_text_over_the_window_is_answered_with_the_numbers_and_spoils_no_other(engine: Engine) -> None:
    long, good = score(engine, ("x" * 2000, "y"), ("soup", " is"))
    assert long.reason == "prompt-too-long"
    assert "window is 1024" in long.detail
    assert good.tokens >= 1


def test_likelihoods_and_completions_go_side_by_side(engine: Engine) -> None:
    asked = [engine.ask(f"page {n}", temperature=0, maxTokens=8) for n in range(3)]
    scored = [
        engine.item("likelihood", {"context": "The key", "continuation": " is " * n}) for n in range(1, 90)
    ]
    cancelled = engine.item("likelihood", {"context": "a", "continuation": "b"})
    outcomes = engine.serve(
        [*asked, *scored, cancelled], on_look=lambda _: setattr(cancelled, "cancelled", True)
    )
    assert all(outcome.tokens >= 1 for outcome in outcomes[:-1])
    assert isinstance(outcomes[-1], CancelledError)


def test_a_model_that_takes_no_flat_batch_scores_the_same_way(new_engine: Any) -> None:
    engine = new_engine(model_type="lfm2", layer_types=["conv", "full_attention"])
    together = score(engine, *PAIRS)
    alone = [score(engine, pair)[0] for pair in PAIRS]
    assert [one.sum_log_probability for one in together] == pytest.approx(
        [one.sum_log_probability for one in alone], abs=1e-4
    )
