"""Batches, groups and matching, on a tiny random encoder that takes no time to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_worker.handlers import import_file
from repro_worker.testing import LoadedHandlers

module = import_file(Path(__file__).with_name("handler.py"), "bertscore_handler")

WORDS = [f"w{number}" for number in range(40)]
WINDOW_TOKENS = 16
"""Of the tiny encoder, with the two special tokens."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A BERT of two layers that knows 40 words and 16 positions. Its tokenizer states no limit, as some do."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("tiny-encoder")
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
    BertTokenizer(vocab=str(vocabulary), model_max_length=int(1e30)).save_pretrained(folder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(WORDS) + 5,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=WINDOW_TOKENS,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(folder)
    return str(folder)


def text_of(count: int, start: int = 0) -> str:
    """Words that do not repeat in step with the windows."""
    return " ".join(WORDS[(start + number * number) % len(WORDS)] for number in range(count))


def score(
    handlers: LoadedHandlers, encoder: str, pairs: list[tuple[str, str]], layer: int | None = None
) -> tuple[list[float], list[list[int]]]:
    originals, rephrased = [list(texts) for texts in zip(*pairs, strict=True)]
    value = {"encoder": encoder, "layer": layer, "originals": originals, "rephrased": rephrased}
    answer = handlers.call("score", value)
    return answer["f1"], answer["windows"]


@pytest.mark.parametrize("count", [1, 14, 15, 22, 23, 300])
def test_the_same_text_scores_1_however_long(handlers: LoadedHandlers, tiny: str, count: int) -> None:
    text = text_of(count)
    f1, _ = score(handlers, tiny, [(text, text)])
    assert f1[0] == pytest.approx(1, abs=1e-5)
    assert f1[0] <= 1


def test_says_how_many_windows_each_text_took(handlers: LoadedHandlers, tiny: str) -> None:
    # 14 tokens fit beside the special ones, and windows are 8 apart.
    _, windows = score(handlers, tiny, [(text_of(14), text_of(15)), (text_of(22), text_of(23))])
    assert windows == [[1, 2], [2, 3]]


def test_a_change_in_the_tail_of_a_long_text_costs(handlers: LoadedHandlers, tiny: str) -> None:
    begin = " ".join(WORDS[:20][number * number % 20] for number in range(60))
    text = " ".join([begin, *WORDS[20:]])
    kept, lost = score(handlers, tiny, [(text, text), (text, begin)])[0]
    assert lost < kept - 0.005


def test_matching_in_blocks_equals_the_whole_matrix(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = module.load_encoder(tiny, None, "cpu")
    texts = (text_of(90), text_of(55, start=5))
    embedded = module.embed_texts(encoder, set(texts))
    one, other = (embedded[text] for text in texts)
    similarity = one.vectors @ other.vectors.T  # (tokens of one, tokens of other)
    precision = similarity.amax(dim=1)[1:-1].mean()
    recall = similarity.amax(dim=0)[1:-1].mean()
    naive = (2 * precision * recall / (precision + recall)).item()
    assert module.match_greedily(one, other) == pytest.approx(naive, abs=1e-6)
    monkeypatch.setattr(module, "MOST_SIMILARITIES", 200)  # three rows at a time
    assert module.match_greedily(one, other) == pytest.approx(naive, abs=1e-6)


def test_a_pair_scores_the_same_alone_and_in_any_batch(handlers: LoadedHandlers, tiny: str) -> None:
    pairs = [(text_of(3 + 13 * n, n), text_of(2 + 7 * n, n + 1)) for n in range(12)]
    together, _ = score(handlers, tiny, pairs)
    backwards, _ = score(handlers, tiny, pairs[::-1])
    alone = [score(handlers, tiny, [pair])[0][0] for pair in pairs]
    assert together == pytest.approx(alone, abs=1e-4)
    assert backwards[::-1] == pytest.approx(alone, abs=1e-4)


def test_rollouts_of_one_original_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(original, f"{original} w{n}") for n in range(3) for original in ("w1 w2", "w3 w4")]
    monkeypatch.setattr(module, "MOST_GROUP_TOKENS", 1)
    assert list(module.group_pairs(pairs)) == [[0, 2, 4], [1, 3, 5]]


def test_repeated_originals_keep_the_order_of_their_scores(handlers: LoadedHandlers, tiny: str) -> None:
    originals = [text_of(30), text_of(12, start=9)] * 2
    rephrased = [text_of(20), text_of(12, start=9), text_of(30), text_of(5)]
    pairs = list(zip(originals, rephrased, strict=True))
    alone = [score(handlers, tiny, [pair])[0][0] for pair in pairs]
    assert score(handlers, tiny, pairs)[0] == pytest.approx(alone, abs=1e-4)
    assert alone[1:3] == pytest.approx([1, 1], abs=1e-5)
