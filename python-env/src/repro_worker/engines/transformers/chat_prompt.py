"""Chat messages to token ids.

The template is rendered once for each sequence of roles, with placeholders where the contents go. What is
between them is the template's own and may hold control tokens; the contents are text and nothing else,
whatever they spell. Ordinary contents give the same ids as rendering and tokenizing in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

from jinja2 import TemplateError
from tokenizers import Tokenizer

from repro_worker.engines.transformers.messages import ChatMessage, Cut
from repro_worker.engines.transformers.plain_text import PlainText
from repro_worker.engines.transformers.prompt import Prompt
from repro_worker.errors import InvalidInputError

CLOSED_THINK_BLOCK = re.compile(r"<think>\s*</think>\s*$")
PLACEHOLDER = re.compile(r"(REPROCONTENT\d+END)")

Thinking = Literal["soft-off", "template-off", "on"]
Role = str
Render = Callable[[list[dict[str, str]], bool], str]
"""Applies the template to messages; the flag asks for the opening of the answer."""


@dataclass(frozen=True)
class Slot:
    """Where the content of a message goes."""

    message: int


@dataclass(frozen=True)
class Skeleton:
    """A rendered template without its contents: control tokens, plain text and slots."""

    pieces: list[int | str | Slot]
    think_prefilled: bool


class ChatPrompt:
    def __init__(self, tokenizer: Tokenizer, plain: PlainText, render: Render, thinking: Thinking) -> None:
        self._tokenizer = tokenizer
        self._plain = plain
        self._render = render
        self._thinking = thinking
        self._skeleton = lru_cache(maxsize=64)(self._render_skeleton)
        self.folds_system = not self._takes("system", "user") and self._takes("user")
        """The template refuses a system line, so it becomes the beginning of the first user message."""
        self.think_prefilled = self._takes("user") and self._skeleton(("user",)).think_prefilled

    def build(self, messages: Sequence[ChatMessage]) -> Prompt:
        if not messages:
            raise InvalidInputError("The prompt has no messages; expected at least one at `$.messages`.")
        contents: list[tuple[Role, str]] = []
        cuts: list[Cut] = []
        for index, message in enumerate(messages):
            content = ""
            for number, part in enumerate(message.parts):
                text = part.text
                if part.max_tokens is not None:
                    text, found = self._plain.cut(text, part.max_tokens, part.keep or "head")
                    if found > part.max_tokens:
                        cut = Cut(message=index, part=number, tokens_found=found, tokens_kept=part.max_tokens)
                        cuts.append(cut)
                content += text
            contents.append((message.role, content))
        if self._thinking == "soft-off":
            contents = ask_not_to_think(contents)
        if self.folds_system:
            contents = fold_system(contents)
        skeleton = self._skeleton(tuple(role for role, _ in contents))
        ids = self._fill(skeleton.pieces, [content for _, content in contents])
        return Prompt(ids, skeleton.think_prefilled, cuts)

    def end_of_turn_ids(self) -> list[int]:
        """The control token that the template puts after an answer: the model ends its own with it."""
        try:
            rendered = self._render(placeholders(["user", "assistant"]), False)
        except (TemplateError, ValueError):
            return []
        after_answer = self._split_control_tokens(rendered.partition(placeholder(1))[2])
        return [piece for piece in after_answer[:1] if isinstance(piece, int)]

    def _fill(self, pieces: Sequence[int | str | Slot], contents: Sequence[str]) -> list[int]:
        ids: list[int] = []
        text = ""
        for piece in [*pieces, None]:
            if isinstance(piece, Slot):
                text += contents[piece.message]
            elif isinstance(piece, str):
                text += piece
            else:  # a control token or the end: the text before it is complete
                if text:
                    ids += self._plain.encode(text, first=not ids)
                    text = ""
                if piece is not None:
                    ids.append(piece)
        return ids

    def _takes(self, *roles: Role) -> bool:
        try:
            self._skeleton(roles)
        except InvalidInputError:
            return False
        return True

    def _render_skeleton(self, roles: tuple[Role, ...]) -> Skeleton:
        answers = roles[-1] == "assistant"  # the model goes on with this message
        try:
            rendered = self._render(placeholders(roles), not answers)
        except (TemplateError, ValueError) as error:  # ValueError: there is no template
            raise InvalidInputError(
                f"The chat template refuses the roles {', '.join(roles)}: {error}"
            ) from error
        parts = PLACEHOLDER.split(rendered)  # template, placeholder, template, ...
        expected = [placeholder(index) for index in range(len(roles))]
        if parts[1::2] != expected:
            found = ", ".join(parts[1::2]) or "none"
            raise InvalidInputError(
                "The chat template must print the content of each message once, unchanged and in order. "
                f"For the roles {', '.join(roles)} it printed {found}; expected {', '.join(expected)}."
            )
        pieces: list[int | str | Slot] = []
        for index, template_text in enumerate(parts[::2]):
            if answers and index == len(roles):
                break
            pieces += self._split_control_tokens(template_text)
            if index < len(roles):
                pieces.append(Slot(index))
        return Skeleton(pieces, CLOSED_THINK_BLOCK.search(parts[-1]) is not None and not answers)

    def _split_control_tokens(self, template_text: str) -> list[int | str]:
        encoding = self._tokenizer.encode(template_text, add_special_tokens=False)
        controls = [
            (id, start, end)
            for id, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)
            if id in self._plain.control_ids
        ]
        pieces: list[int | str] = []
        bounds = [(0, 0, 0), *controls, (0, len(template_text), len(template_text))]
        for (_, _, before), (id, start, end) in pairwise(bounds):
            if start > before:
                pieces.append(template_text[before:start])
            if end > start:
                pieces.append(id)
        return pieces


def placeholder(index: int) -> str:
    """Letters and digits only, so that no template trims, escapes or splits it."""
    return f"REPROCONTENT{index}END"


def placeholders(roles: Sequence[Role]) -> list[dict[str, str]]:
    return [{"role": role, "content": placeholder(index)} for index, role in enumerate(roles)]


def ask_not_to_think(contents: list[tuple[Role, str]]) -> list[tuple[Role, str]]:
    """Qwen3's soft switch, at the end of the system line as in the paper."""
    if contents[0][0] == "system":
        return [("system", contents[0][1] + " /no_think"), *contents[1:]]
    return [("system", "/no_think"), *contents]


def fold_system(contents: list[tuple[Role, str]]) -> list[tuple[Role, str]]:
    if contents[0][0] != "system" or len(contents) < 2 or contents[1][0] != "user":
        return contents
    return [("user", f"{contents[0][1]}\n\n{contents[1][1]}"), *contents[2:]]


def template_renderer(tokenizer: Any, chat_template: str | None, thinking: Thinking) -> Render:  # noqa: ANN401
    """transformers' own rendering (sandboxed jinja), with the tokenizer's template or another one."""
    switch: dict[str, bool] = {"enable_thinking": False} if thinking == "template-off" else {}

    def render(messages: list[dict[str, str]], opens_answer: bool) -> str:
        return tokenizer.apply_chat_template(
            messages,
            chat_template=chat_template,
            tokenize=False,
            add_generation_prompt=opens_answer,
            **switch,
        )

    return render
