"""Running rows that join and leave at any time.

Each pass feeds one token to every row that is past its prompt, and up to `prompt_tokens_per_pass` tokens of
prompts that are not in yet: a long page goes in piece by piece while the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from repro_worker.engines.transformers.attend import FlatCache, NextTokens, Run, Segment
from repro_worker.engines.transformers.key_value_band import KeyValueBand, band_capacity
from repro_worker.engines.transformers.row import Row


@dataclass(eq=False)
class Joining:
    """A row whose prompt goes in; alone in its band, as a row of a running band is fed in every pass."""

    row: Row
    band: KeyValueBand

    @property
    def missing(self) -> int:
        return len(self.row.prompt.ids) - self.band.lengths[0]


class FlatRows:
    def __init__(self, model: Any, prompt_tokens_per_pass: int) -> None:  # noqa: ANN401
        self._model = model
        self._prompt_tokens_per_pass = prompt_tokens_per_pass
        self._joining: list[Joining] = []
        self._bands: dict[int, tuple[KeyValueBand, list[Row]]] = {}
        """By capacity; the rows are in the order of the band's."""

    def can_join(self) -> bool:
        return True

    def join(self, row: Row) -> None:
        band = KeyValueBand(band_capacity(len(row.prompt.ids) + 1))
        band.add_row()
        self._joining.append(Joining(row, band))

    def leave(self, row: Row) -> None:
        self._joining = [joining for joining in self._joining if joining.row is not row]
        for band, rows in self._bands.values():
            if row in rows:
                place = rows.index(row)
                band.remove_row(place)
                rows[place] = rows[-1]  # as the band does
                rows.pop()

    def forward(self) -> tuple[list[Row], Tensor]:
        """One pass. Rows that are past their prompt, and logits for the next token of each: (rows,
        vocabulary).
        """
        self._move_full_rows_up()
        ids: list[int] = []
        positions: list[int] = []
        segments: list[Segment] = []
        rows: list[Row] = []
        asked: list[int] = []  # which of the flat tokens are the last of their row
        for band, running in self._bands.values():
            if not running:
                continue
            start = len(ids)
            ids += [row.tokens[-1] for row in running]
            positions += band.lengths
            rows += running
            asked += range(start, len(ids))
            places = torch.tensor(band.lengths, device=self._model.device)
            segments.append(NextTokens(start, len(ids), band, places))
        joining = self._next_prompt_pieces()
        for part, tokens in joining.items():
            start, before = len(ids), part.band.lengths[0]
            ids += part.row.prompt.ids[before : before + tokens]
            positions += range(before, before + tokens)
            segments.append(Run(start, len(ids), part.band))
            if tokens == part.missing:
                rows.append(part.row)
                asked.append(len(ids) - 1)
        logits = forward_flat(self._model, ids, positions, segments, asked)
        for band, _ in self._bands.values():
            band.advance(1)
        for part, tokens in joining.items():
            part.band.advance(tokens)
            if part.missing == 0:
                self._joining.remove(part)
                self._place(part.row, part.band, 0)
        return rows, logits

    def _next_prompt_pieces(self) -> dict[Joining, int]:
        """Half for the oldest, so that it gets in; the rest for the shortest, which do not wait for a long
        one.
        """
        for joining in self._joining:
            if joining.band.lengths[0] == 0:
                self._copy_shared_beginning(joining)
        pieces: dict[Joining, int] = {}
        left = self._prompt_tokens_per_pass
        turns = [(joining, left // 2) for joining in self._joining[:1]]
        turns += [(joining, left) for joining in sorted(self._joining, key=lambda joining: joining.missing)]
        for joining, most in turns:
            tokens = min(left, most, joining.missing - pieces.get(joining, 0))
            if tokens:
                pieces[joining] = pieces.get(joining, 0) + tokens
                left -= tokens
        return pieces

    def _copy_shared_beginning(self, joining: Joining) -> None:
        """Prompts of one recipe begin with the same instruction: what another row holds of it is not computed
        again.
        """
        filled = [(other.row, other.band, 0) for other in self._joining]
        filled += [
            (row, band, place) for band, rows in self._bands.values() for place, row in enumerate(rows)
        ]
        shared = [
            min(band.lengths[place], count_shared(row.prompt.ids, joining.row.prompt.ids[:-1]))
            for row, band, place in filled
        ]
        longest = max(range(len(shared)), key=shared.__getitem__)
        if shared[longest] > 0:
            _, band, place = filled[longest]
            joining.band.copy_row_from(band, place, 0, shared[longest])

    def _move_full_rows_up(self) -> None:
        for band, rows in list(self._bands.values()):
            for place in reversed(range(len(rows))):
                if band.lengths[place] == band.capacity:
                    row = rows[place]
                    rows[place] = rows[-1]
                    rows.pop()
                    self._place(row, band, place)

    def _place(self, row: Row, band: KeyValueBand, place: int) -> None:
        """Moves a row into the running band of its length."""
        capacity = band_capacity(band.lengths[place] + 1)
        running, rows = self._bands.setdefault(capacity, (KeyValueBand(capacity), []))
        running.move_row_from(band, place)
        rows.append(row)


def count_shared(some_ids: list[int], other_ids: list[int]) -> int:
    """How many ids at the beginning are the same."""
    pairs = zip(some_ids, other_ids, strict=False)
    return next(
        (index for index, (one, other) in enumerate(pairs) if one != other),
        min(len(some_ids), len(other_ids)),
    )


@torch.inference_mode()
def forward_flat(
    model: Any,  # noqa: ANN401
    ids: list[int],
    positions: list[int],
    segments: list[Segment],
    asked: list[int],
) -> Tensor:
    """Logits in float32 for the `asked` ones of the flat tokens: (asked, vocabulary)."""
    output = model(
        input_ids=torch.tensor([ids], device=model.device),
        position_ids=torch.tensor([positions], device=model.device),
        past_key_values=FlatCache(segments),
        use_cache=True,
        logits_to_keep=torch.tensor(asked, dtype=torch.long, device=model.device),
    )
    return output.logits[0].float()
