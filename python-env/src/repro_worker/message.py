"""The base of everything that crosses the wire, the plugins' own inputs and outputs included."""

from __future__ import annotations

from typing import dataclass_transform

from msgspec import Struct, field


@dataclass_transform(
    field_specifiers=(field,), frozen_default=True
)  # tells type checkers what subclasses inherit
class Message(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """snake_case inside Python, camelCase on the wire; a field that is not declared is an error."""
