"""Text of pages to token ids, without ever making a control token.

A tokenizer looks for its added tokens (`<|im_start|>`, `<think>`) in any text it is given. Here it is given a
copy of itself that does not know them, so `<|im_end|>` in a page becomes ordinary tokens that spell it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tokenizers import Tokenizer


class PlainText:
    def __init__(self, tokenizer: Tokenizer) -> None:
        description: dict[str, Any] = json.loads(tokenizer.to_str())
        added: list[dict[str, Any]] = description["added_tokens"]
        self.control_ids = frozenset(token["id"] for token in added if is_control(token))
        description["added_tokens"] = [token for token in added if not is_control(token)]
        # It only adds tokens around a text, and moves the offsets that we cut by.
        description["post_processor"] = None
        self._first = Tokenizer.from_str(json.dumps(description))
        self._later = Tokenizer.from_str(json.dumps(without_first_prefix(description)))

    def encode(self, text: str, *, first: bool) -> list[int]:
        """`first`: whether the text begins the prompt; some tokenizers put a space before the first word
        only.
        """
        return self._encode(self._first if first else self._later, text)

    def encode_with_ends(self, text: str) -> tuple[list[int], list[int]]:
        """Ids, and for each the index in `text` where its last character ends."""
        encoding = self._first.encode(text, add_special_tokens=False)
        return encoding.ids, [end for _, end in encoding.offsets]

    def cut(self, text: str, most_tokens: int, keep: str) -> tuple[str, int]:
        """The text within `most_tokens` tokens, and how many it had. Cut between characters, never inside
        one.
        """
        encoding = self._later.encode(text, add_special_tokens=False)
        found = len(encoding.ids)
        if found <= most_tokens:
            return text, found
        tail_tokens = most_tokens // 2 if keep == "head-and-tail" else 0
        head_tokens = most_tokens - tail_tokens
        # A character may be spelled by several tokens: the head ends before a token that begins inside one,
        # and the tail begins where the token before it ended.
        head_end = encoding.offsets[head_tokens][0]
        tail_start = encoding.offsets[found - tail_tokens - 1][1] if tail_tokens else len(text)
        return text[:head_end] + text[tail_start:], found

    def _encode(self, tokenizer: Tokenizer, text: str) -> list[int]:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        for id, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
            # A vocabulary may hold the marker as an ordinary entry as well: spell it in two halves.
            if id in self.control_ids and end - start > 1:
                return self._encode(tokenizer, text[: start + 1]) + self._encode(
                    self._later, text[start + 1 :]
                )
        return encoding.ids


def is_control(token: dict[str, Any]) -> bool:
    """Special tokens, and those written like markers (`<think>`); runs of spaces that a vocabulary adds are
    text.
    """
    return token["special"] or re.search(r"[<>\[\]{}|]", token["content"]) is not None


def without_first_prefix(description: dict[str, Any]) -> dict[str, Any]:
    """For text after a control token: a sentencepiece tokenizer puts its space before the first word of all
    only.
    """
    pre_tokenizer = description.get("pre_tokenizer")
    if pre_tokenizer is None or pre_tokenizer.get("prepend_scheme") != "first":
        return description
    return {**description, "pre_tokenizer": {**pre_tokenizer, "prepend_scheme": "never"}}
