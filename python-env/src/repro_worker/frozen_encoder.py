"""Hidden states of many texts from a frozen encoder, for the handlers of rewards that compare or judge by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def embed_windows(
    model: Any,  # noqa: ANN401  (an encoder of transformers)
    windows: Sequence[Sequence[int]],
    *,
    padding_id: int,
    most_batch_tokens: int,
) -> Iterator[tuple[int, Tensor]]:
    """The place of each window and its vectors (tokens, width), each of length 1, in no order of the windows.

    A window is the token ids of one forward pass. Windows of about equal length share a pass of at most
    `most_batch_tokens`, padding included. What is given is a view of the whole pass: keep a copy.
    """
    import torch

    for batch in batch_by_length(windows, most_batch_tokens):
        longest = len(windows[batch[0]])
        ids = torch.full((len(batch), longest), padding_id)  # (windows, longest)
        mask = torch.zeros((len(batch), longest), dtype=torch.long)
        for row, place in enumerate(batch):
            length = len(windows[place])
            ids[row, :length] = torch.tensor(windows[place])
            mask[row, :length] = 1
        with torch.inference_mode():
            hidden = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device))
            vectors = torch.nn.functional.normalize(hidden.last_hidden_state, dim=-1)
        for row, place in enumerate(batch):
            yield place, vectors[row, : len(windows[place])]


def batch_by_length(windows: Sequence[Sequence[int]], most_tokens: int) -> Iterator[list[int]]:
    """Places of the windows, longest first, so that little is padded and memory is at its highest at once."""
    batch: list[int] = []
    for place in sorted(range(len(windows)), key=lambda place: len(windows[place]), reverse=True):
        if batch and (len(batch) + 1) * len(windows[batch[0]]) > most_tokens:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
