"""Draws the next token of every row at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

CANDIDATES = 256
"""How many of the likeliest tokens are sorted; rows whose nucleus is larger are sorted in full (seldom)."""


@dataclass(frozen=True)
class Draw:
    """How one row draws. `noise` is its uniform number for this token."""

    temperature: float
    top_p: float
    top_k: int
    noise: float


def choose_tokens(logits: Tensor, draws: Sequence[Draw]) -> list[int]:
    """One token for each row of `logits` (rows, vocabulary). A row's token depends on its own logits and draw
    only.
    """
    chosen = logits.argmax(dim=-1)  # (rows,)
    vocabulary = logits.shape[-1]
    whole = [row for row, draw in enumerate(draws) if draw.temperature > 0 and takes_all(draw, vocabulary)]
    nucleus = [
        row for row, draw in enumerate(draws) if draw.temperature > 0 and not takes_all(draw, vocabulary)
    ]
    if whole:
        probabilities = scaled(logits, draws, whole).softmax(dim=-1)
        chosen[whole] = pick(probabilities, noise_of(draws, whole, logits))
    if nucleus:
        chosen[nucleus] = choose_in_nucleus(scaled(logits, draws, nucleus), [draws[row] for row in nucleus])
    return chosen.tolist()


def takes_all(draw: Draw, vocabulary: int) -> bool:
    return draw.top_p >= 1 and not 0 < draw.top_k < vocabulary


def choose_in_nucleus(scores: Tensor, draws: Sequence[Draw]) -> Tensor:
    """topK first, then topP of what is left. `scores`: (rows, vocabulary), divided by the temperature."""
    rows, vocabulary = scores.shape
    likeliest, ids = scores.topk(min(CANDIDATES, vocabulary), dim=-1)  # (rows, candidates), falling
    weights = (likeliest - scores.logsumexp(dim=-1, keepdim=True)).exp()
    chosen = torch.empty(rows, dtype=torch.long, device=scores.device)
    enough = [
        row
        for row, mass in enumerate(weights.sum(dim=-1).tolist())
        if ids.shape[-1] == vocabulary or 0 < draws[row].top_k <= CANDIDATES or mass >= draws[row].top_p
    ]
    if enough:
        chosen[enough] = pick_in_nucleus(weights[enough], ids[enough], [draws[row] for row in enough])
    rest = sorted(set(range(rows)) - set(enough))
    if rest:
        weights, ids = scores[rest].softmax(dim=-1).sort(dim=-1, descending=True, stable=True)
        chosen[rest] = pick_in_nucleus(weights, ids, [draws[row] for row in rest])
    return chosen


def pick_in_nucleus(weights: Tensor, ids: Tensor, draws: Sequence[Draw]) -> Tensor:
    """`weights`: probabilities of the candidates `ids`, falling; both (rows, candidates)."""
    candidates = weights.shape[-1]
    top_k = weights.new_tensor([draw.top_k if draw.top_k > 0 else candidates for draw in draws])
    weights = weights.where(torch.arange(candidates, device=weights.device) < top_k[:, None], 0)
    # With topK, topP is a share of what topK left; without, of everything.
    total = [
        1.0 if draw.top_k <= 0 else mass
        for draw, mass in zip(draws, weights.sum(dim=-1).tolist(), strict=True)
    ]
    limit = weights.new_tensor([draw.top_p * mass for draw, mass in zip(draws, total, strict=True)])
    mass_before = weights.cumsum(dim=-1) - weights
    in_nucleus = mass_before < limit[:, None]
    in_nucleus[:, 0] = True
    rank = pick(weights.where(in_nucleus, 0), noise_of(draws, range(len(draws)), weights))
    return ids.gather(1, rank[:, None])[:, 0]


def pick(weights: Tensor, noise: Tensor) -> Tensor:
    """The index at which the running sum of `weights` (rows, n) passes `noise` (rows,) of their total."""
    running = weights.cumsum(dim=-1, dtype=torch.float64)
    target = noise[:, None] * running[:, -1:]
    index = torch.searchsorted(running, target, right=True)[:, 0]
    # Rounding may carry the target to the total: then the last index that has weight.
    last = weights.shape[-1] - 1 - (weights > 0).flip(-1).to(torch.uint8).argmax(dim=-1)
    return torch.minimum(index, last)


def scaled(logits: Tensor, draws: Sequence[Draw], rows: Sequence[int]) -> Tensor:
    return logits[rows] / logits.new_tensor([draws[row].temperature for row in rows])[:, None]


def noise_of(draws: Sequence[Draw], rows: Sequence[int], like: Tensor) -> Tensor:
    return torch.tensor([draws[row].noise for row in rows], dtype=torch.float64, device=like.device)


def penalize_repetition(logits: Tensor, seen: Tensor, penalty: float) -> None:
    """Of one row, in place: `logits` (vocabulary,), `seen` (vocabulary,) marks the prompt's and its own
    tokens.
    """
    logits.copy_(torch.where(seen, torch.where(logits > 0, logits / penalty, logits * penalty), logits))


WORD = (1 << 64) - 1


def uniform_noise(seed: int, step: int) -> float:
    """A number in [0, 1) that depends on the item's seed and its own token count only (splitmix64)."""
    word = mix((mix(seed & WORD) + step * 0x9E3779B97F4A7C15) & WORD)
    return (word >> 11) / (1 << 53)


def mix(word: int) -> int:
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & WORD
    return word ^ (word >> 31)
