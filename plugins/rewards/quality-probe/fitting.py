"""A linear head from labelled vectors, and how well it tells good pages from others. Nothing but numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

RIDGES = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
"""Strengths of the penalty among which the folds choose."""
RESAMPLES = 2000
"""Of the pages, for the interval of an AUC."""


@dataclass(frozen=True)
class Head:
    weights: Numbers
    """(width,)"""
    bias: float

    def log_odds(self, embedded: Numbers) -> Numbers:
        return embedded @ self.weights + self.bias  # (texts,)


def choose_ridge(
    embedded: Numbers, good: Flags, folds: int, random: np.random.Generator
) -> tuple[float, Numbers]:
    """The penalty under which pages are told apart best by heads that have not seen them, and their log-odds there."""
    fold = np.empty(len(good), dtype=int)
    for part in (good, ~good):  # as many good pages in each
        fold[random.permutation(np.flatnonzero(part))] = np.arange(part.sum()) % folds
    tried: list[tuple[float, float, Numbers]] = []
    for ridge in RIDGES:
        log_odds = np.empty(len(good))
        for number in range(folds):
            head = fit_head(embedded[fold != number], good[fold != number], ridge)
            log_odds[fold == number] = head.log_odds(embedded[fold == number])
        tried.append((measure_auc(log_odds, good), ridge, log_odds))
    _, ridge, log_odds = max(tried, key=lambda one: one[0])  # of equals the weakest: it says most
    return ridge, log_odds


def fit_head(embedded: Numbers, good: Flags, ridge: float) -> Head:
    """Logistic regression with a quadratic penalty on standardised inputs, by Newton's method."""
    mean, spread = embedded.mean(axis=0), embedded.std(axis=0) + 1e-9
    inputs = np.column_stack([(embedded - mean) / spread, np.ones(len(good))])  # (pages, width + 1)
    penalty = np.full(inputs.shape[1], ridge)
    penalty[-1] = 1e-6  # the bias is free
    solution = np.zeros(inputs.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-inputs @ solution))
        gradient = inputs.T @ (likely - good) + penalty * solution
        curvature = (inputs * (likely * (1 - likely))[:, None]).T @ inputs + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        solution -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = solution[:-1] / spread
    return Head(weights, float(solution[-1] - weights @ mean))


def measure_auc(scores: Numbers, good: Flags) -> float:
    """How often a good page scores above another one; ties count half."""
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    pairs = good.sum() * (~good).sum()
    return float((ranks[good].sum() - good.sum() * (good.sum() + 1) / 2) / pairs)


def describe_auc(scores: Numbers, good: Flags, random: np.random.Generator) -> dict[str, float]:
    """With the 95 % interval of the pages drawn again and again, good ones and others for themselves."""
    parts = [np.flatnonzero(good), np.flatnonzero(~good)]
    drawn: list[float] = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([random.choice(part, len(part)) for part in parts])
        drawn.append(measure_auc(scores[chosen], good[chosen]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    value = measure_auc(scores, good)
    return {
        "value": round(value, 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "good": int(good.sum()),
        "other": int((~good).sum()),
    }
