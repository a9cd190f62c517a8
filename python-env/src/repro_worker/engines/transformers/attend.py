"""Attention over the flat tokens of one forward pass, registered with transformers as `repro-flat`.

The tokens of all rows lie one after the other in a batch of one: (1, heads, tokens, head size). Each segment
of them attends to its own keys and values, so nothing is padded but the ends of the rows of one band.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from repro_worker.engines.transformers.key_value_band import KeyValueBand


class Segment(Protocol):
    start: int
    stop: int
    """Its tokens among the flat ones."""

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, rule: Rule) -> Tensor:
        """Keeps the keys and values (heads, tokens, head size) of its tokens, and attends: (tokens, heads,
        size).
        """
        ...


@dataclass(frozen=True)
class Rule:
    """How a layer attends."""

    scale: float
    window: int | None
    """How many tokens back, itself included; None: all."""


@dataclass
class NextTokens:
    """One new token for every row of a band."""

    start: int
    stop: int
    band: KeyValueBand
    positions: Tensor
    """(rows,)"""
    masks: dict[int | None, Tensor | None] = field(default_factory=dict[int | None, "Tensor | None"])

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, rule: Rule) -> Tensor:
        heads, rows, size = query.shape
        self.band.write_next(layer, self.positions, keys.transpose(0, 1), values.transpose(0, 1))
        all_keys, all_values = self.band.read(layer, max(self.band.lengths) + 1)
        # Query heads that share a key head are read as tokens of one query: keys are neither repeated nor
        # read twice.
        grouped = query.transpose(0, 1).reshape(
            rows, keys.shape[0], -1, size
        )  # (rows, key heads, group, size)
        attended = F.scaled_dot_product_attention(
            grouped, all_keys, all_values, attn_mask=self._mask(query, rule.window), scale=rule.scale
        )
        return attended.reshape(rows, heads, -1)

    def _mask(self, query: Tensor, window: int | None) -> Tensor | None:
        """0 where a row may look, -inf elsewhere: (rows, 1, 1, tokens). The same for all layers of one kind."""
        if window not in self.masks:
            index = torch.arange(max(self.band.lengths) + 1, device=query.device)
            hidden = index > self.positions[:, None]
            if window is not None:
                hidden |= index <= self.positions[:, None] - window
            mask = torch.zeros(hidden.shape, dtype=query.dtype, device=query.device).masked_fill_(
                hidden, -torch.inf
            )
            self.masks[window] = mask[:, None, None] if bool(hidden.any()) else None
        return self.masks[window]


@dataclass
class Run:
    """Consecutive tokens of one text; `band` (of one row) keeps them, and holds those before them."""

    start: int
    stop: int
    band: KeyValueBand | None

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, rule: Rule) -> Tensor:
        before = 0
        if self.band is not None:
            before = self.band.lengths[0]
            self.band.write_run(layer, 0, keys, values)
            all_keys, all_values = self.band.read(layer, before + keys.shape[1])
        else:
            all_keys, all_values = keys[None], values[None]
        mask = None
        tokens = all_keys.shape[2]
        if before or (rule.window is not None and tokens > rule.window):
            index = torch.arange(tokens, device=query.device)
            position = index[before:, None]
            mask = index <= position
            if rule.window is not None:
                mask &= index > position - rule.window
        attended = F.scaled_dot_product_attention(
            query[None],
            all_keys,
            all_values,
            attn_mask=mask,
            is_causal=mask is None,
            scale=rule.scale,
            enable_gqa=True,
        )
        return attended[0].transpose(0, 1)


@dataclass(frozen=True)
class LayerOfPass:
    """Goes through the model's layer in place of its keys: which segments there are, and their new keys and
    values.
    """

    layer: int
    segments: list[Segment]
    keys: Tensor
    values: Tensor


class FlatCache:
    """Stands where transformers expects a cache; what is kept is kept by the segments."""

    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments

    def update(
        self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object
    ) -> tuple[LayerOfPass, None]:
        return LayerOfPass(layer_idx, self._segments, keys[0], values[0]), None

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Positions are always given to the model, so nobody counts from here."""
        del layer_idx
        return 0


def attend_flat(
    module: Any,  # noqa: ANN401  (an attention layer of transformers)
    query: Tensor,
    layer_of_pass: LayerOfPass,
    _values: None,
    _mask: None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_: Any,  # noqa: ANN401
) -> tuple[Tensor, None]:
    """`query`: (1, heads, tokens, head size) -> (1, tokens, heads, head size)."""
    del module
    if softcap is not None or s_aux is not None:
        raise NotImplementedError("soft caps and attention sinks")
    rule = Rule(query.shape[-1] ** -0.5 if scaling is None else scaling, sliding_window)
    attended = [
        segment.attend(
            layer_of_pass.layer,
            query[0, :, segment.start : segment.stop],
            layer_of_pass.keys[:, segment.start : segment.stop],
            layer_of_pass.values[:, segment.start : segment.stop],
            rule,
        )
        for segment in layer_of_pass.segments
    ]
    return (attended[0] if len(attended) == 1 else torch.cat(attended))[None], None
