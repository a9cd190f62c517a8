"""What the methods of an engine take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from repro_worker.errors import InvalidInputError
from repro_worker.message import Message


class EngineOptions(Message):
    """From the recipe's entry under `models:`; absent ones are chosen by the engine."""

    chat_template: str | None = None
    """File with a template that replaces the model's own."""
    thinking: Literal["soft-off", "template-off", "on"] = "on"
    dtype: Literal["float32", "bfloat16"] | None = None
    device: str | None = None
    max_batch: int | None = None
    threads: int | None = None


class Part(Message):
    text: str
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    keep: Literal["head", "head-and-tail"] | None = None


class ChatMessage(Message):
    role: Literal["system", "user", "assistant"]
    parts: list[Part]


class Sampling(Message):
    """Null means the default: temperature 1, the whole distribution, up to the end of the model's window."""

    temperature: Annotated[float, Meta(ge=0)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    """0: all."""
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    stop: list[Annotated[str, Meta(min_length=1)]] | None = None
    repetition_penalty: Annotated[float, Meta(gt=0)] | None = None
    stop_repetition_after: Annotated[int, Meta(ge=0)] | None = None
    """How many tokens at the end must repeat one pattern; 0: it never ends for that."""


class GenerateInput(Message):
    sampling: Sampling
    seed: int
    messages: list[ChatMessage] | None = None
    text: str | None = None


class RenderInput(Message):
    messages: list[ChatMessage] | None = None
    text: str | None = None


class LikelihoodInput(Message):
    context: str
    continuation: str


class Cut(Message):
    message: int
    part: int
    tokens_found: int
    tokens_kept: int


class Completed(Message, tag_field="outcome", tag="completed", omit_defaults=True):
    text: str
    finish_reason: Literal["stop", "length", "repetition"]
    tokens: int
    prompt_tokens: int
    think_prefilled: bool
    cuts: list[Cut] | None = None


class Failed(Message, tag_field="outcome", tag="failed"):
    reason: Literal["prompt-too-long"]
    detail: str


class Likelihood(Message, tag_field="outcome", tag="computed"):
    sum_log_probability: float
    tokens: int
    bytes: int
    greedy: bool


class Rendered(Message):
    token_ids: list[int]
    think_prefilled: bool


Input = TypeVar("Input", bound=Struct)


def read_input(value: Any, input_type: type[Input], method: str) -> Input:  # noqa: ANN401  (plain msgpack values)
    """Not strict: JavaScript has one kind of number, so an integer may arrive as a float."""
    try:
        return msgspec.convert(value, input_type, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"{method} cannot take this input: {error}") from error
