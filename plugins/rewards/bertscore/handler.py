"""BERTScore F1 of each rephrased text against its original. Called by `reward.ts` beside this file.

The measure of Zhang et al. (2020) without idf and rescaling: every token is matched with the most similar token of
the other text, and F1 is the harmonic mean of both directions' average. Up to the encoder's window the values are
those of the package bert-score, which cuts off what is longer. Here a long text is encoded in overlapping windows, and
then matched as a whole: no token is compared with a window of the other text only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from repro_worker import HandlerContext, Message, embed_windows, handler

if TYPE_CHECKING:
    from torch import Tensor

MOST_WINDOW_TOKENS = 512
"""With the special tokens. Encoders were trained on no more."""
MOST_BATCH_TOKENS = 8192
"""Of one forward pass, padding included."""
MOST_GROUP_TOKENS = 65_536
"""Whose embeddings are held at a time: 100 MB for MiniLM, 270 MB for a large encoder."""
MOST_SIMILARITIES = 4_194_304
"""Of one block of the matching: 16 MB, however long the texts are."""


class ScoreInput(Message):
    encoder: str
    layer: int | None
    """Whose hidden states are compared, counted from 1; none: the last one."""
    originals: list[str]
    rephrased: list[str]


class ScoreOutput(Message):
    f1: list[float]
    windows: list[tuple[int, int]]
    """How many the original and the rephrased text took."""


@handler("score")
def score(request: ScoreInput, context: HandlerContext) -> ScoreOutput:
    if len(request.originals) != len(request.rephrased):
        raise ValueError(
            f"found {len(request.originals)} originals and {len(request.rephrased)} rephrased texts"
        )
    encoder = load_encoder(context.resolve(request.encoder), request.layer, context.device)
    pairs = list(zip(request.originals, request.rephrased, strict=True))
    f1 = [0.0] * len(pairs)
    windows = [(0, 0)] * len(pairs)
    done = 0
    for group in group_pairs(pairs):
        if context.cancelled:
            raise InterruptedError("nobody waits for these scores any more")
        embedded = embed_texts(encoder, {text for index in group for text in pairs[index]})
        for index in group:
            original, rephrased = (embedded[text] for text in pairs[index])
            f1[index] = match_greedily(rephrased, original)
            windows[index] = (original.windows, rephrased.windows)
        done += len(group)
        context.progress("pairs scored", done, len(pairs))
    return ScoreOutput(f1=f1, windows=windows)


@dataclass(frozen=True)
class Encoder:
    model: Any
    tokenizer: Any
    prefix: list[int]
    """Special tokens before a text: [CLS]."""
    suffix: list[int]
    """Special tokens behind a text: [SEP]."""
    window_tokens: int
    """Tokens of a text that fit beside them."""

    def tokenize(self, text: str) -> list[int]:
        return self.tokenizer.encode(text.strip(), add_special_tokens=False, truncation=False, verbose=False)


@lru_cache(maxsize=2)
def load_encoder(folder: str, layer: int | None, device: str) -> Encoder:
    # Imports torch; only paid by workers that score.
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    config = AutoConfig.from_pretrained(folder)
    last = config.num_hidden_layers
    layers = layer or last
    if layers > last:
        raise ValueError(f"the encoder {folder} has {last} layers, and the recipe asks for layer {layer}")
    # The layers above are not even loaded.
    model = AutoModel.from_pretrained(folder, num_hidden_layers=layers, dtype="float32").to(device).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    prefix, suffix = find_special_tokens(tokenizer)
    # The tokenizer's own limit may be 1e30; a position the model does not have is an index error.
    positions = getattr(config, "max_position_embeddings", None) or MOST_WINDOW_TOKENS
    window_tokens = min(MOST_WINDOW_TOKENS, positions) - len(prefix) - len(suffix)
    return Encoder(model, tokenizer, prefix, suffix, window_tokens)


def find_special_tokens(tokenizer: Any) -> tuple[list[int], list[int]]:  # noqa: ANN401  (transformers is untyped)
    """What the tokenizer puts before and behind a text."""
    whole = tokenizer.encode("a")
    bare = tokenizer.encode("a", add_special_tokens=False)
    start = next(start for start in range(len(whole)) if whole[start : start + len(bare)] == bare)
    return whole[:start], whole[start + len(bare) :]


def group_pairs(pairs: Sequence[tuple[str, str]]) -> Iterator[list[int]]:
    """Indices of pairs to be scored together: the rollouts of one original, which is then encoded once."""
    by_original: dict[str, list[int]] = {}
    for index, (original, _) in enumerate(pairs):
        by_original.setdefault(original, []).append(index)
    group: list[int] = []
    tokens = 0  # roughly, three characters each
    for original, indices in by_original.items():
        more = sum(len(text) for text in {original, *(pairs[index][1] for index in indices)}) // 3
        if group and tokens + more > MOST_GROUP_TOKENS:
            yield group
            group, tokens = [], 0
        group += indices
        tokens += more
    if group:
        yield group


@dataclass(frozen=True)
class EmbeddedText:
    vectors: Tensor
    """(tokens with special ones, width), each of length 1."""
    first: int
    """Special tokens before the text: they can be matched, and are not counted."""
    last: int
    windows: int


def embed_texts(encoder: Encoder, texts: set[str]) -> dict[str, EmbeddedText]:
    """Contextual vectors of each text's tokens. Windows of all texts share batches of about equal length."""
    import torch

    windows = [window for text in sorted(texts) for window in cut_windows(encoder, text)]
    pieces: dict[str, dict[int, Tensor]] = {text: {} for text in texts}
    embedded = embed_windows(
        encoder.model,
        [window.ids for window in windows],
        padding_id=encoder.tokenizer.pad_token_id or 0,
        most_batch_tokens=MOST_BATCH_TOKENS,
    )
    for place, vectors in embedded:
        window = windows[place]
        pieces[window.text][window.number] = vectors[window.keep_from : window.keep_to].clone()
    return {
        text: EmbeddedText(
            torch.cat([own[number] for number in range(len(own))]),
            first=len(encoder.prefix),
            last=len(encoder.suffix),
            windows=len(own),
        )
        for text, own in pieces.items()
    }


@dataclass(frozen=True)
class Window:
    text: str
    number: int
    ids: list[int]
    """With special tokens."""
    keep_from: int
    keep_to: int
    """The part of `ids` that this window gives to the text; the rest is context."""


def cut_windows(encoder: Encoder, text: str) -> list[Window]:
    """Every token is kept from the window in which it stands most centrally, so none is kept twice."""
    ids = encoder.tokenize(text)
    before, behind = len(encoder.prefix), len(encoder.suffix)
    bounds = window_bounds(len(ids), encoder.window_tokens)
    # Two neighbours share a stretch; its middle is where one hands over to the other.
    borders = [0, *((left[1] + right[0]) // 2 for left, right in pairwise(bounds)), len(ids)]
    windows: list[Window] = []
    for number, (start, end) in enumerate(bounds):
        # The first window gives its prefix, the last its suffix.
        keep_from = before + borders[number] - start if number > 0 else 0
        keep_to = before + borders[number + 1] - start + (behind if number == len(bounds) - 1 else 0)
        windows.append(
            Window(text, number, [*encoder.prefix, *ids[start:end], *encoder.suffix], keep_from, keep_to)
        )
    return windows


def window_bounds(tokens: int, window_tokens: int) -> list[tuple[int, int]]:
    """Start and end of each window, half a window apart; one that is empty for an empty text."""
    stride = window_tokens // 2 + 1  # 256 of 510: no token is in three windows
    starts = range(0, max(1, tokens - window_tokens + stride), stride)
    return [(start, min(start + window_tokens, tokens)) for start in starts]


def match_greedily(candidate: EmbeddedText, reference: EmbeddedText) -> float:
    """F1 of two texts, from the best match of each token; 0 when one has no token of its own."""
    import torch

    rows, columns = len(candidate.vectors), len(reference.vectors)
    if rows == candidate.first + candidate.last or columns == reference.first + reference.last:
        return 0.0
    best_of_row = torch.empty(rows, device=candidate.vectors.device)
    best_of_column = torch.full((columns,), -1.0, device=candidate.vectors.device)
    step = max(1, MOST_SIMILARITIES // columns)
    for start in range(0, rows, step):
        similarity = candidate.vectors[start : start + step] @ reference.vectors.T  # (step, columns)
        best_of_row[start : start + step] = similarity.amax(dim=1)
        best_of_column = torch.maximum(best_of_column, similarity.amax(dim=0))
    own_rows = best_of_row[candidate.first : rows - candidate.last]
    own_columns = best_of_column[reference.first : columns - reference.last]
    precision, recall = own_rows.mean().item(), own_columns.mean().item()
    # Vectors that point away from each other on average: as far apart as the measure can tell.
    if precision <= 0 or recall <= 0:
        return 0.0
    # Rounding lifts the cosine of equal vectors above 1.
    return min(1.0, 2 * precision * recall / (precision + recall))
