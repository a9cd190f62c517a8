"""The handler on a tiny random model that takes no time to run."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from repro_worker.errors import HandlerError, InvalidInputError
from repro_worker.handlers import import_file
from repro_worker.testing import LoadedHandlers

module = import_file(Path(__file__).with_name("handler.py"), "quality_probe_handler")

WORDS = [f"w{number}" for number in range(60)]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Llama of three layers that knows 60 words."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import LlamaConfig, LlamaModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-model")
    vocabulary = {word: number for number, word in enumerate(["<start>", "<unknown>", *WORDS])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unknown>"))
    tokenizer.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<start>", unk_token="<unknown>"
    ).save_pretrained(folder)
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=2,
        intermediate_size=32,
        initializer_range=0.5,
    )
    LlamaModel(config).save_pretrained(folder)
    return str(folder)


def text_of(first: int, count: int = 40) -> str:
    """Words of one half of the vocabulary, or of the other."""
    return " ".join(WORDS[first + (first + 7 * number + number * number) % 30] for number in range(count))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good pages have words of the first half, others of the second; a third of each have some of both."""
    file = tmp_path_factory.mktemp("pages") / "pages.jsonl"
    records = [
        {
            "body": f"{text_of(0 if good else 30, 20 + number)} {text_of(15, number % 3)}",
            "stars": 4 if good else 2,
        }
        for number in range(60)
        for good in (True, False)
    ]
    unlabelled = {"body": "w1 w2"}
    file.write_text("".join(f"{json.dumps(record)}\n" for record in [*records, unlabelled, records[0]]))
    return file


def train(handlers: LoadedHandlers, tiny: str, pages: Path, **changes: object) -> dict[str, Any]:
    value = {
        "encoder": tiny,
        "layer": 2,
        "pages": str(pages),
        "text": "body",
        "label": "stars",
        "positive": 3,
        "mostTokens": 64,
        "folds": 3,
        "seed": 7,
    }
    return handlers.call("train", {**value, **changes})["head"]


def score(handlers: LoadedHandlers, head: dict[str, Any], texts: list[str], **changes: object) -> list[float]:
    value = {key: head[key] for key in ("encoder", "layer", "weights", "bias", "check")}
    return handlers.call("score", {**value, "texts": texts, **changes})["logOdds"]


@pytest.fixture(scope="module")
def head(handlers: LoadedHandlers, tiny: str, pages: Path) -> dict[str, Any]:
    return train(handlers, tiny, pages)


def test_learns_to_tell_good_pages_from_others(
    handlers: LoadedHandlers, head: dict[str, Any], pages: Path
) -> None:
    assert len(head["weights"]) == 16
    for auc in head["auc"].values():
        assert 0.9 < auc["low"] <= auc["value"] <= auc["high"] <= 1
    own = [
        sha256(json.loads(line)["body"].encode()).hexdigest()[0] < "8"
        for line in {*pages.open()}
        if "stars" in line
    ]
    folds, held_out = head["auc"]["folds"], head["auc"]["heldOut"]
    assert (folds["good"] + folds["other"], held_out["good"] + held_out["other"]) == (
        sum(own),
        len(own) - sum(own),
    )
    good, other = score(handlers, head, [text_of(0), text_of(30)])
    assert good > 0 > other


def test_gives_the_same_head_again_whatever_the_order_of_the_file(
    handlers: LoadedHandlers, tiny: str, pages: Path, tmp_path: Path
) -> None:
    turned = tmp_path / "turned.jsonl"
    turned.write_text("".join(reversed(pages.read_text().splitlines(keepends=True))))
    first, again = train(handlers, tiny, pages), train(handlers, tiny, turned)
    assert again["weights"] == pytest.approx(first["weights"], rel=1e-3, abs=1e-4)
    assert train(handlers, tiny, pages) == first


def test_a_text_scores_the_same_alone_and_in_any_batch(
    handlers: LoadedHandlers, head: dict[str, Any]
) -> None:
    texts = [text_of(number, 3 + 100 * number) for number in range(12)]
    together = score(handlers, head, texts)
    assert score(handlers, head, texts[::-1])[::-1] == pytest.approx(together, abs=1e-4)
    assert [score(handlers, head, [text])[0] for text in texts] == pytest.approx(together, abs=1e-4)


def test_reads_a_long_text_to_its_end(handlers: LoadedHandlers, head: dict[str, Any]) -> None:
    long, spoilt = score(handlers, head, [text_of(0, 1500), f"{text_of(0, 1500)} {text_of(30, 500)}"])
    assert spoilt < long - 0.1


def test_gives_a_text_without_tokens_the_bias(handlers: LoadedHandlers, head: dict[str, Any]) -> None:
    assert score(handlers, head, ["", " \n"]) == [head["bias"]] * 2


def test_refuses_the_head_of_another_encoder(handlers: LoadedHandlers, head: dict[str, Any]) -> None:
    with pytest.raises(HandlerError, match="trained on another encoder"):
        score(handlers, head, ["w1"], layer=1)
    with pytest.raises(HandlerError, match="has 3 layers, and the head reads layer 4"):
        score(handlers, head, ["w1"], layer=4)


def test_names_the_record_it_cannot_learn_from(
    handlers: LoadedHandlers, tiny: str, pages: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match="expected 3 of each at least"):
        train(handlers, tiny, pages, positive=5)
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"body": "w1", "stars": 1}\n{"body": "w1", "stars": "good"}\n')
    with pytest.raises(InvalidInputError, match=r"bad\.jsonl:2: found body: str and stars: 'good'"):
        train(handlers, tiny, bad)
    bad.write_text('{"body": "w1", "stars": 1}\nnonsense\n')
    with pytest.raises(InvalidInputError, match=r"bad\.jsonl:2: .*Expecting value"):
        train(handlers, tiny, bad)


def test_an_auc_counts_ties_half() -> None:
    import numpy as np

    fitting = import_file(Path(__file__).with_name("fitting.py"), "quality_probe_fitting")
    good = np.array([True, True, False, False])
    assert fitting.measure_auc(np.array([2.0, 1.0, 1.0, 0.0]), good) == 0.875
    assert fitting.measure_auc(np.array([0.0, 0.0, 0.0, 0.0]), good) == 0.5
