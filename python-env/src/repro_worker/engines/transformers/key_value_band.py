"""Keys and values of rows of similar length.

A running row lives in the band of its length and moves up when it outgrows it, so attention never reads far
beyond a row's own end: one long page costs its own length, not the length times the batch. Rows are dense (0,
1, 2, ...): the last one moves into the place of one that leaves.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

SMALLEST_CAPACITY = 256


def band_capacity(tokens: int) -> int:
    """The capacity of the band for a row of so many tokens: 256, 384, 512, 768, 1024, 1536, ..."""
    power = max(SMALLEST_CAPACITY, 1 << (tokens - 1).bit_length())
    between = power * 3 // 4
    return between if power > SMALLEST_CAPACITY and tokens <= between else power


class Heads(NamedTuple):
    """What the storage of keys, or of values, is made for. Under autocast their number formats differ."""

    heads: int
    size: int
    like: Tensor
    """Of their number format, on their device."""

    def zeros(self, slots: int, capacity: int) -> Tensor:
        return self.like.new_zeros(slots, self.heads, capacity, self.size)


class KeyValueBand:
    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.lengths: list[int] = []
        """Tokens of each row."""
        self._layers: dict[int, tuple[Tensor, Tensor]] = {}
        """Keys and values of each layer, both (slots, heads, capacity, head size); slots >= rows."""

    def add_row(self) -> int:
        """Makes room for an empty row."""
        self.lengths.append(0)
        return len(self.lengths) - 1

    def move_row_from(self, other: KeyValueBand, row: int) -> int:
        """Takes a row over from another band; returns its place here."""
        place = self.add_row()
        self.copy_row_from(other, row, place, other.lengths[row])
        other.remove_row(row)
        return place

    def copy_row_from(self, other: KeyValueBand, row: int, place: int, tokens: int) -> None:
        """Makes the row at `place` the first `tokens` of another band's row."""
        for layer, held in other._layers.items():
            mine = self._reserve(layer, *(Heads(part.shape[1], part.shape[3], part) for part in held))
            for new, old in zip(mine, held, strict=True):
                new[place, :, :tokens] = old[row, :, :tokens]
        self.lengths[place] = tokens

    def remove_row(self, row: int) -> None:
        """The last row takes its place. An empty band holds no memory."""
        last = len(self.lengths) - 1
        if row != last:
            length = self.lengths[last]
            for keys, values in self._layers.values():
                keys[row, :, :length] = keys[last, :, :length]
                values[row, :, :length] = values[last, :, :length]
            self.lengths[row] = length
        self.lengths.pop()
        if not self.lengths:
            self._layers.clear()

    def write_next(self, layer: int, positions: Tensor, keys: Tensor, values: Tensor) -> None:
        """One token for every row: `positions` (rows,), `keys` and `values` (rows, heads, head size)."""
        shapes = (Heads(part.shape[1], part.shape[2], part) for part in (keys, values))
        rows = torch.arange(len(self.lengths), device=keys.device)
        for held, new in zip(self._reserve(layer, *shapes), (keys, values), strict=True):
            held[rows, :, positions] = new

    def write_run(self, layer: int, row: int, keys: Tensor, values: Tensor) -> None:
        """The next tokens of one row: (heads, tokens, head size)."""
        shapes = (Heads(part.shape[0], part.shape[2], part) for part in (keys, values))
        start, end = self.lengths[row], self.lengths[row] + keys.shape[1]
        for held, new in zip(self._reserve(layer, *shapes), (keys, values), strict=True):
            held[row, :, start:end] = new

    def read(self, layer: int, tokens: int) -> tuple[Tensor, Tensor]:
        """The first `tokens` of every row: views (rows, heads, tokens, head size)."""
        keys, values = self._layers[layer]
        rows = len(self.lengths)
        return keys[:rows, :, :tokens], values[:rows, :, :tokens]

    def advance(self, tokens: int) -> None:
        """Counts what a forward pass wrote to every row, once all layers have it."""
        self.lengths = [length + tokens for length in self.lengths]

    def _reserve(self, layer: int, keys: Heads, values: Heads) -> tuple[Tensor, Tensor]:
        """The storage of a layer, with a slot for every row."""
        held = self._layers.get(layer)
        rows = len(self.lengths)
        if held is not None and held[0].shape[0] >= rows:
            return held
        slots = rows if held is None else rows + rows // 4
        # Zeros, not whatever was there: what lies beyond a row's end is weighed with 0, and 0 times NaN is
        # NaN.
        grown = (keys.zeros(slots, self.capacity), values.zeros(slots, self.capacity))
        if held is not None:
            for old, new in zip(held, grown, strict=True):
                new[: old.shape[0]] = old
        self._layers[layer] = grown
        return grown
