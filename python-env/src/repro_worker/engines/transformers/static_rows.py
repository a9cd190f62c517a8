"""Running rows of a model whose cache cannot be merged: they join only when the batch is empty.

Prompts are padded on the left and the cache is the model's own. A row that has ended keeps its place until
all have.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from repro_worker.engines.transformers.row import Row


class StaticRows:
    def __init__(self, model: Any) -> None:  # noqa: ANN401
        self._model = model
        self._places: list[Row | None] = []
        self._cache: Any = None
        self._mask = torch.empty(0)
        """(rows, tokens): 0 where a prompt is padded."""

    def can_join(self) -> bool:
        return self._cache is None

    def join(self, row: Row) -> None:
        self._places.append(row)

    def leave(self, row: Row) -> None:
        self._places[self._places.index(row)] = None
        if not any(self._places):
            self._places.clear()
            self._cache = None

    @torch.inference_mode()
    def forward(self) -> tuple[list[Row], Tensor]:
        """One pass. All rows, and logits for the next token of each: (rows, vocabulary)."""
        if self._cache is None:
            self._places = [row for row in self._places if row is not None]
            ids = self._pad_prompts()
        else:
            ids = torch.tensor(
                [[row.tokens[-1] if row else 0] for row in self._places], device=self._model.device
            )
            self._mask = torch.cat([self._mask, self._mask.new_ones(len(self._places), 1)], dim=-1)
        positions = (self._mask.cumsum(dim=-1) - 1).clamp_min(0)[:, -ids.shape[1] :]
        output = self._model(
            input_ids=ids,
            attention_mask=self._mask,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self._cache = output.past_key_values
        places = [place for place, row in enumerate(self._places) if row is not None]
        return [row for row in self._places if row is not None], output.logits[places, -1].float()

    def _pad_prompts(self) -> Tensor:
        prompts = [row.prompt.ids for row in self._places if row is not None]
        longest = max(len(prompt) for prompt in prompts)
        padding = [longest - len(prompt) for prompt in prompts]
        ids = [[0] * missing + prompt for missing, prompt in zip(padding, prompts, strict=True)]
        mask = [[0] * missing + [1] * (longest - missing) for missing in padding]
        self._mask = torch.tensor(mask, device=self._model.device)
        return torch.tensor(ids, device=self._model.device)  # (rows, longest)
