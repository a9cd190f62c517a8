"""How good a page reads to a linear head on a small frozen language model. Called by `reward.ts` beside this file.

A text is the mean of its tokens' hidden states in one layer; the head turns that into log-odds of being a good page.
The whole text is read, in windows of 511 tokens that follow each other without overlap, so that no part of it is free
for filler. `train` fits the head to pages that somebody has labelled, which takes no more than logistic regression.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro_worker import HandlerContext, Message, embed_windows, handler
from repro_worker.errors import InvalidInputError
from repro_worker.handlers import import_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

MOST_WINDOW_TOKENS = 512
"""With the start token, whose huge hidden state is not counted."""
MOST_BATCH_TOKENS = 4096
"""Of one forward pass, padding included."""
SECONDS_BETWEEN_PROGRESS = 10
"""Often enough to renew a deadline; most calls end before and say nothing."""
CHECK_TEXT = "The mill was built in 1874. It ground rye and oats until 1931, when the flood took its wheel."

Progress = Callable[[int, int], None]


class ScoreInput(Message):
    encoder: str
    layer: int
    weights: list[float]
    bias: float
    check: float
    """Log-odds of `CHECK_TEXT` where the head was trained: another encoder gives others."""
    texts: list[str]


class ScoreOutput(Message):
    log_odds: list[float]


@handler("score")
def score(request: ScoreInput, context: HandlerContext) -> ScoreOutput:
    import numpy as np

    encoder = load_encoder(context.resolve(request.encoder), request.layer, context.device)
    weights = np.array(request.weights)
    check_head(float(embed_check(encoder)[0] @ weights) + request.bias, request.check)

    said_at = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal said_at
        if context.cancelled:
            raise InterruptedError("nobody waits for these scores any more")
        if time.monotonic() - said_at > SECONDS_BETWEEN_PROGRESS:
            said_at = time.monotonic()
            context.progress("windows read", done, total)

    embedded = embed_texts(encoder, request.texts, say)
    return ScoreOutput(log_odds=(embedded @ weights + request.bias).tolist())  # (texts,)


@dataclass(frozen=True, eq=False)
class Encoder:
    model: Any
    tokenizer: Any
    start_id: int


@lru_cache(maxsize=2)
def load_encoder(folder: str, layer: int, device: str) -> Encoder:
    # Imports torch; only paid by workers that score.
    import torch
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    found = AutoConfig.from_pretrained(folder).num_hidden_layers
    if layer > found:
        raise ValueError(f"the encoder {folder} has {found} layers, and the head reads layer {layer}")
    # The layers above are not even loaded.
    model = AutoModel.from_pretrained(folder, num_hidden_layers=layer, dtype="float32").to(device).eval()
    model.norm = torch.nn.Identity()  # it belongs to the last layer
    tokenizer = AutoTokenizer.from_pretrained(folder)
    start_id = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    return Encoder(model, tokenizer, start_id)


def embed_texts(
    encoder: Encoder, texts: Sequence[str], progress: Progress, most_tokens: int | None = None
) -> Numbers:
    """(texts, width): the mean direction of each text's hidden states; zeros for one without tokens."""
    import numpy as np

    windows = [
        window
        for number, text in enumerate(texts)
        for window in cut_windows(encoder, number, text, most_tokens)
    ]
    sums = np.zeros((len(texts), encoder.model.config.hidden_size))
    counts = np.zeros((len(texts), 1))
    embedded = embed_windows(
        encoder.model,
        [window.ids for window in windows],
        padding_id=encoder.start_id,
        most_batch_tokens=MOST_BATCH_TOKENS,
    )
    # Each of length 1: a few tokens have a hundred times the norm of others.
    for done, (place, vectors) in enumerate(embedded, 1):
        window = windows[place]
        sums[window.text] += vectors[1:].sum(dim=0).double().cpu().numpy()
        counts[window.text] += len(window.ids) - 1
        progress(done, len(windows))
    return sums / np.maximum(counts, 1)


@dataclass(frozen=True)
class Window:
    text: int
    ids: list[int]
    """With the start token."""


def cut_windows(encoder: Encoder, number: int, text: str, most_tokens: int | None) -> Iterator[Window]:
    ids = encoder.tokenizer.encode(text.strip(), add_special_tokens=False, verbose=False)[:most_tokens]
    step = MOST_WINDOW_TOKENS - 1
    for start in range(0, len(ids), step):
        yield Window(number, [encoder.start_id, *ids[start : start + step]])


def check_head(found: float, expected: float) -> None:
    """A head belongs to the weights and the tokenizer that it was trained on, whatever their folder is called."""
    if abs(found - expected) > 0.05:
        raise ValueError(
            f"the head was trained on another encoder: its check text has {found:.3f} here and had {expected:.3f} there"
        )


@lru_cache(maxsize=2)
def embed_check(encoder: Encoder) -> Numbers:
    return embed_texts(encoder, [CHECK_TEXT], lambda _done, _total: None)


class TrainInput(Message):
    encoder: str
    layer: int
    pages: str
    """A .jsonl file of labelled pages."""
    text: str
    label: str
    """Fields of a record: the page, and a number that says how good it is."""
    positive: float
    """Pages of this label or more are good, others are not."""
    most_tokens: int
    """Of each page that are read."""
    folds: int
    seed: int


class TrainOutput(Message):
    head: dict[str, Any]


@handler("train")
def train(request: TrainInput, context: HandlerContext) -> TrainOutput:
    """Fits the head to one half of the pages, by the sha256 of their text, and measures it on the other half."""
    import numpy as np

    fitting: Any = import_file(Path(__file__).with_name("fitting.py"), "quality_probe_fitting")
    pages = read_pages(request)
    folder = context.resolve(request.encoder)
    encoder = load_encoder(folder, request.layer, context.device)
    embedded = embed_texts(
        encoder,
        [page.text for page in pages],
        lambda done, total: context.progress("windows read", done, total),
        request.most_tokens,
    )
    good = np.array([page.good for page in pages])
    own = np.array([page.own_half for page in pages])
    random = np.random.default_rng(request.seed)
    ridge, by_folds = fitting.choose_ridge(embedded[own], good[own], request.folds, random)
    head = fitting.fit_head(embedded[own], good[own], ridge)
    head = fitting.Head(
        np.array([float(f"{weight:.6g}") for weight in head.weights]), float(f"{head.bias:.6g}")
    )

    from repro_worker.models import revision_of

    auc = {
        "folds": fitting.describe_auc(by_folds, good[own], random),
        "heldOut": fitting.describe_auc(head.log_odds(embedded[~own]), good[~own], random),
    }
    recipe = {
        "pages": Path(request.pages).name,
        "pagesSha256": sha256(Path(request.pages).read_bytes()).hexdigest(),
        "good": f"{request.label} >= {request.positive:g}",
        "half": "sha256 of the text begins with 0 to 7",
        "mostTokens": request.most_tokens,
        "ridge": ridge,
        "folds": request.folds,
        "seed": request.seed,
    }
    check = round(float(head.log_odds(embed_check(encoder))[0]), 4)
    return TrainOutput(
        head={
            "encoder": request.encoder,
            "revision": revision_of(Path(folder)),
            "layer": request.layer,
            "auc": auc,
            "recipe": recipe,
            "check": check,
            "bias": head.bias,
            "weights": head.weights.tolist(),
        }
    )


@dataclass(frozen=True)
class Page:
    text: str
    good: bool
    own_half: bool
    """Of the head; the other half is for measuring it, and for training a rephraser with it."""


def read_pages(request: TrainInput) -> list[Page]:
    """Distinct texts that have a label, in the order of their hash: the order of the file decides nothing."""
    found: dict[str, Page] = {}
    with Path(request.pages).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
            except ValueError as error:
                raise InvalidInputError(f"{request.pages}:{number}: {error}") from error
            text, label = record.get(request.text), record.get(request.label)
            if label is None:
                continue
            if not isinstance(text, str) or isinstance(label, bool) or not isinstance(label, int | float):
                raise InvalidInputError(
                    f"{request.pages}:{number}: found {request.text}: {type(text).__name__} and {request.label}: "
                    f"{label!r}, expected a text and a number"
                )
            digest = sha256(text.encode()).hexdigest()
            found[digest] = Page(text, label >= request.positive, digest[0] < "8")
    pages = [page for _, page in sorted(found.items())]
    for own_half in (True, False):
        good = [page.good for page in pages if page.own_half == own_half]
        if min(sum(good), len(good) - sum(good)) < request.folds:
            raise InvalidInputError(
                f"{request.pages}: one half has {sum(good)} pages with {request.label} >= {request.positive:g} and "
                f"{len(good) - sum(good)} below; expected {request.folds} of each at least, one for each fold"
            )
    return pages
