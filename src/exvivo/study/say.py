"""How a record of study.yaml states what a field means."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def say(meaning: str, **given: Any) -> Any:
    """A record field with its meaning; `default=` or `default_factory=` make it optional."""
    return field(metadata={"meaning": meaning}, **given)
