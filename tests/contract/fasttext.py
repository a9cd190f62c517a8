"""Probability that a fastText classifier gives each text. Called by `fasttext.ts` beside this file."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from repro_worker import HandlerContext, Message, handler

if TYPE_CHECKING:
    import fasttext


class Config(Message):
    classifier: str
    unwanted: str


class ScoreInput(Message):
    config: Config
    texts: list[str]


class Score(Message):
    value: float
    outcome: str = "scored"


@handler("score")
def score(request: ScoreInput, context: HandlerContext) -> list[Score]:
    model = load_model(context.resolve(request.config.classifier))
    lines = [" ".join(text.strip().splitlines()) for text in request.texts]
    labels, probabilities = model.predict(lines)
    return [
        Score(float(p[0] if label[0] != request.config.unwanted else 1 - p[0]))
        for label, p in zip(labels, probabilities, strict=True)
    ]


@lru_cache(maxsize=1)
def load_model(file: str) -> fasttext.FastText._FastText:
    import fasttext  # only paid by workers that score

    return fasttext.load_model(file)
