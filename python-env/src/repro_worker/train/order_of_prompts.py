"""Which passage each prompt of a run is: known before the first step, so that a resumed run goes on in it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def order_of_prompts(documents: Sequence[str], count: int, seed: int) -> list[int]:
    """`documents[i]` is the document of passage i; gives `count` indexes of passages.

    A document is chosen first and one of its passages then, or long pages would dominate. Every document comes
    once before any comes again, in another order each time; so do the passages of a document.
    """
    passages: dict[str, list[int]] = {}
    for index, document in enumerate(documents):
        passages.setdefault(document, []).append(index)
    chosen: list[int] = []
    round_number = 0
    while len(chosen) < count:
        for document in sorted(
            passages, key=lambda name: random_bytes(seed, "documents", round_number, name)
        ):
            of_document = passages[document]
            lap, place = divmod(round_number, len(of_document))
            in_order = sorted(
                of_document, key=lambda index: random_bytes(seed, "passages", lap, document, index)
            )
            chosen.append(in_order[place])
        round_number += 1
    return chosen[:count]


def random_bytes(*parts: object) -> bytes:
    """A number that looks random and is the same on every machine."""
    return sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
