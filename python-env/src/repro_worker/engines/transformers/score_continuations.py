"""Log-probabilities of continuations after their contexts.

Where a continuation begins: context and continuation are tokenized together, as a model would meet them, and
every token that holds a character of the continuation is scored. A token that spans the two ('win' + 'dow' in
' window') is scored whole, so every continuation has at least one. Spaces at the end of a context belong to
the continuation, since tokenizers join a space to the word after it. The rule does not depend on the model's
answers, so it is the same for all options of a question.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from repro_worker.engines.transformers.attend import Run, Segment
from repro_worker.engines.transformers.flat_rows import forward_flat
from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.engines.transformers.messages import Failed, Likelihood, LikelihoodInput
from repro_worker.errors import InvalidInputError
from repro_worker.service import Item


@dataclass(eq=False)
class Continuation:
    item: Item
    ids: list[int]
    """Of context and continuation."""
    first: int
    """Index of the first scored one; at least 1, as something must come before it."""
    bytes: int


def read_continuation(loaded: LoadedModel, item: Item, request: LikelihoodInput) -> Continuation | Failed:
    """What is to be scored; a text over the model's window is answered as such, never cut."""
    if not request.continuation:
        raise InvalidInputError(
            "The continuation is empty, so there is nothing to score - at `$.continuation`."
        )
    boundary = len(request.context.rstrip(" "))
    ids, ends = loaded.plain.encode_with_ends(request.context + request.continuation)
    first = next((index for index, end in enumerate(ends) if end > boundary), len(ids) - 1)
    start = loaded.text_start_ids
    if first == 0 and not start:
        if loaded.fallback_start_id is None:
            raise InvalidInputError(
                "The context is empty and the tokenizer has no token that begins or ends a text - at `$.context`."
            )
        start = [loaded.fallback_start_id]
    ids = [*start, *ids]
    if len(ids) > loaded.context_tokens:
        detail = (
            f"Context and continuation have {len(ids)} tokens; the model's window is {loaded.context_tokens}."
        )
        return Failed(reason="prompt-too-long", detail=detail)
    return Continuation(item, ids, first + len(start), len(request.continuation.encode()))


def score_continuations(loaded: LoadedModel, batch: list[Continuation]) -> list[Likelihood]:
    """One pass over all of them."""
    ids: list[int] = []
    positions: list[int] = []
    segments: list[Segment] = []
    asked: list[int] = []  # the token before each scored one
    targets: list[int] = []
    for continuation in batch:
        start = len(ids)
        ids += continuation.ids
        positions += range(len(continuation.ids))
        segments.append(Run(start, len(ids), None))
        asked += range(start + continuation.first - 1, len(ids) - 1)
        targets += continuation.ids[continuation.first :]
    if loaded.flat:
        logits = forward_flat(loaded.model, ids, positions, segments, asked)  # (targets, vocabulary)
    else:
        logits = forward_alone(loaded, batch)
    chosen = torch.tensor(targets, device=logits.device)
    log_probabilities = logits.log_softmax(dim=-1).gather(1, chosen[:, None])[:, 0].tolist()
    first_choices = (logits.argmax(dim=-1) == chosen).tolist()
    results: list[Likelihood] = []
    at = 0
    for continuation in batch:
        to = at + len(continuation.ids) - continuation.first
        results.append(
            Likelihood(
                sum_log_probability=sum(log_probabilities[at:to]),
                tokens=to - at,
                bytes=continuation.bytes,
                greedy=all(first_choices[at:to]),
            )
        )
        at = to
    return results


@torch.inference_mode()
def forward_alone(loaded: LoadedModel, batch: list[Continuation]) -> torch.Tensor:
    """The same logits one text after the other, for models that take no flat batch."""
    logits: list[torch.Tensor] = []
    for continuation in batch:
        ids = torch.tensor([continuation.ids], device=loaded.model.device)
        output = loaded.model(input_ids=ids, use_cache=False)
        logits.append(output.logits[0, continuation.first - 1 : -1].float())
    return torch.cat(logits)
