"""The handler with the built-in encoder; `slow` where it reads more than a few sentences."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from repro_worker.errors import HandlerError, InvalidInputError
from repro_worker.models import resolve_model
from repro_worker.testing import LoadedHandlers

MINILM = "builtin:minilm-l6"

Score = Callable[..., list[float]]


@pytest.fixture(scope="module")
def score(handlers: LoadedHandlers) -> Score:
    """F1 of (original, rephrased) pairs."""

    def call(pairs: Sequence[tuple[str, str]], encoder: str = MINILM, layer: int | None = 6) -> list[float]:
        return ask(handlers, pairs, encoder, layer)["f1"]

    return call


def ask(
    handlers: LoadedHandlers, pairs: Sequence[tuple[str, str]], encoder: str = MINILM, layer: int | None = 6
) -> dict[str, Any]:
    originals = [original for original, _ in pairs]
    rephrased = [text for _, text in pairs]
    value = {"encoder": encoder, "layer": layer, "originals": originals, "rephrased": rephrased}
    return handlers.call("score", value)


ITEMS = [f"Item {number} costs {17 * number} euros. " for number in range(1, 401)]
LOREM = "Lorem ipsum dolor sit amet. " * 100
LONG = "".join(ITEMS)


@pytest.mark.slow
def test_r01_sees_the_end_of_a_long_text(handlers: LoadedHandlers) -> None:
    head = "".join(ITEMS[:300])
    answer = ask(handlers, [(LONG, LONG), (LONG, head + LOREM), (LONG, LOREM + head)])
    same, tail_changed, moved = answer["f1"]
    assert same >= 0.999
    assert tail_changed <= same - 0.02
    assert moved <= same - 0.02
    assert all(count > 1 for windows in answer["windows"] for count in windows)


@pytest.mark.slow
def test_r01_needs_no_limit_from_the_tokenizer(score: Score, tmp_path: Path) -> None:
    encoder = copy_minilm(tmp_path)
    settings = json.loads((encoder / "tokenizer_config.json").read_text())
    (encoder / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": int(1e30)}))
    pairs = [(LONG, LONG), (LONG, "".join(ITEMS[:300]) + LOREM)]
    assert score(pairs, str(encoder)) == pytest.approx(score(pairs), abs=1e-6)


SHORT_PAIRS = [
    ("three birds sat on a wire", "three birds were sitting on a wire"),
    ("three birds sat on a wire", "The mill was built in 1874 by Anna Berg."),
    ("A mill.\n\n- rye\n- oats", "A mill for rye and oats, built long ago by the river and never finished."),
    ("नमस्ते दुनिया " * 20, "नमस्ते दुनिया " * 20),
    ("ภาษาไทยไม่มีช่องว่าง" * 10, "ภาษาไทย"),
    ("磨坊建于河边。" * 30, "磨坊建于河边。" * 30),
    ("بنيت المطحنة على النهر " * 10, "بنيت المطحنة على النهر " * 10),
    ("".join(ITEMS[:40]), "".join(ITEMS[5:45])),
]


@pytest.mark.slow
def test_gives_a_pair_the_same_score_alone_and_in_a_batch(score: Score) -> None:
    together = score(SHORT_PAIRS)
    alone = [score([pair])[0] for pair in SHORT_PAIRS]
    assert together == pytest.approx(alone, abs=1e-4)


@pytest.mark.slow
def test_r04_gives_identical_texts_of_any_script_1(score: Score) -> None:
    texts = [original for original, _ in SHORT_PAIRS]
    assert score([(text, text) for text in texts]) == pytest.approx([1.0] * len(texts), abs=1e-3)


def test_r02_gives_a_text_without_tokens_0(score: Score) -> None:
    pairs = [("three birds", ""), ("three birds", " \n"), ("", "three birds"), SHORT_PAIRS[0]]
    assert score(pairs) == [0.0, 0.0, 0.0, pytest.approx(score([SHORT_PAIRS[0]])[0], abs=1e-4)]


@pytest.mark.slow
def test_equals_bert_score_up_to_a_window(score: Score) -> None:
    bert_score = pytest.importorskip("bert_score")
    for layer in (6, 3):
        scorer = bert_score.BERTScorer(model_type=str(resolve_model(MINILM)), num_layers=layer)
        candidates = [rephrased for _, rephrased in SHORT_PAIRS]
        references = [original for original, _ in SHORT_PAIRS]
        _, _, f1 = scorer.score(candidates, references)
        assert score(SHORT_PAIRS, layer=layer) == pytest.approx(f1.tolist(), abs=1e-4)


def test_takes_the_last_layer_where_none_is_named(score: Score) -> None:
    assert score(SHORT_PAIRS[:2], layer=None) == score(SHORT_PAIRS[:2], layer=6)


def test_encodes_with_deberta(score: Score, tmp_path: Path) -> None:
    from transformers import DebertaConfig, DebertaModel

    encoder = copy_minilm(tmp_path)
    config = DebertaConfig(
        vocab_size=30522,
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=16,
        relative_attention=True,
        pos_att_type=["c2p", "p2c"],
    )
    DebertaModel(config).save_pretrained(encoder)
    same, other = score([(LONG[:4000], LONG[:4000]), (LONG[:4000], LOREM)], str(encoder), 2)
    assert same == pytest.approx(1, abs=1e-3)
    assert other < same


def test_refuses_a_layer_that_the_encoder_does_not_have(score: Score) -> None:
    with pytest.raises(HandlerError, match="has 6 layers, and the recipe asks for layer 7"):
        score(SHORT_PAIRS[:1], layer=7)


def test_names_the_bad_field(handlers: LoadedHandlers) -> None:
    with pytest.raises(InvalidInputError, match=r"at `\$\.originals\[0\]`"):
        handlers.call("score", {"encoder": "e", "layer": None, "originals": [1], "rephrased": ["a"]})


def copy_minilm(folder: Path) -> Path:
    return Path(shutil.copytree(resolve_model(MINILM), folder / "encoder"))
