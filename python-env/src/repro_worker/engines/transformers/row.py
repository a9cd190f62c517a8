"""One completion on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import torch
from torch import Tensor

from repro_worker.engines.transformers.choose_tokens import Draw, uniform_noise
from repro_worker.engines.transformers.messages import Completed, Sampling
from repro_worker.engines.transformers.prompt import Prompt

Decode = Callable[[Sequence[int]], str]

# How many tokens are decoded to look for a stop string of n characters: a character takes at most 4 tokens,
# and the last token may bring more than the string's end.
TOKENS_PER_CHARACTER = 4

REPETITION_STRIDE = 8
"""Every so many tokens is looked for a repetition."""
LEAST_REPEATS = 4


class Asker(Protocol):
    """Who waits for a completion: an item of the link, or a training."""

    @property
    def cancelled(self) -> bool: ...
    def finish(self, value: Completed) -> None: ...
    def fail(self, error: BaseException) -> None: ...


@dataclass(eq=False)
class Row:
    item: Asker
    prompt: Prompt
    sampling: Sampling
    seed: int
    max_tokens: int
    tokens: list[int] = field(default_factory=list[int])
    """The new ones; the end token is not among them."""
    drawn: int = 0
    """How many were drawn, the end token included."""
    end_token: int | None = None
    """The one that ended it, if one did."""
    finish_reason: Literal["stop", "length", "repetition"] | None = None
    seen: Tensor | None = None
    """Tokens of prompt and completion, kept only where repetition costs: (vocabulary,)."""

    @property
    def most_tokens(self) -> int:
        """What it may grow to."""
        return len(self.prompt.ids) + self.max_tokens

    def next_draw(self) -> Draw:
        sampling = self.sampling
        return Draw(
            temperature=1.0 if sampling.temperature is None else sampling.temperature,
            top_p=1.0 if sampling.top_p is None else sampling.top_p,
            top_k=sampling.top_k or 0,
            noise=uniform_noise(self.seed, self.drawn),
        )

    def accept(self, token: int, end_ids: frozenset[int], decode: Decode) -> None:
        """Takes the token that was drawn and sees whether the completion ends with it."""
        self.drawn += 1
        if token in end_ids:
            self.end_token = token
            self.finish_reason = "stop"
            return
        self.tokens.append(token)
        stops = self.sampling.stop or []
        if stops:
            tail = max(len(stop) for stop in stops) * TOKENS_PER_CHARACTER
            end = decode(self.tokens[-tail:])
            if any(stop in end for stop in stops) and find_stop(decode(self.tokens), stops) is not None:
                self.finish_reason = "stop"
                return
        tail = self.sampling.stop_repetition_after or 0
        if tail and self.drawn % REPETITION_STRIDE == 0 and ends_in_repetition(self.tokens, tail):
            self.finish_reason = "repetition"
        elif self.drawn >= self.max_tokens:
            self.finish_reason = "length"

    def mark_seen(self, logits: Tensor) -> Tensor:
        """Which tokens were there already: (vocabulary,). `logits`: (rows, vocabulary)."""
        if self.seen is None:
            self.seen = torch.zeros(logits.shape[-1], dtype=torch.bool, device=logits.device)
            self.seen[self.prompt.ids] = True
        if self.tokens:
            self.seen[self.tokens[-1]] = True
        return self.seen

    def restart(self) -> None:
        """Forgets what was drawn; the same noise is drawn again."""
        self.tokens.clear()
        self.drawn = 0
        self.seen = None

    def completed(self, decode: Decode) -> Completed:
        assert self.finish_reason is not None
        text = decode(self.tokens)
        if self.finish_reason != "stop":
            text = text.rstrip("\ufffd")  # the bytes of a character that did not become whole
        stop = find_stop(text, self.sampling.stop or [])
        return Completed(
            text=text if stop is None else text[:stop],
            finish_reason=self.finish_reason,
            tokens=self.drawn,
            prompt_tokens=len(self.prompt.ids),
            think_prefilled=self.prompt.think_prefilled,
            cuts=self.prompt.cuts or None,
        )


def find_stop(text: str, stops: Sequence[str]) -> int | None:
    """Where the first stop string begins."""
    found = [index for stop in stops if stop and (index := text.find(stop)) >= 0]
    return min(found, default=None)


def ends_in_repetition(tokens: Sequence[int], tail: int) -> bool:
    """Whether the last `tail` tokens are one pattern, `LEAST_REPEATS` times or more (the last may be a part)."""
    end = tokens[-tail:]
    if len(end) < tail:
        return False
    return any(end[period:] == end[:-period] for period in range(1, tail // LEAST_REPEATS + 1))
