"""How a record of study.yaml states what a field means.

The meaning is data, not a comment: error messages, the JSON Schema for editors and the template
print it.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any


def say(meaning: str, *, scale: str = "", **default: Any) -> Any:
    """A dataclass field with its meaning; `default=` or `default_factory=` make it optional. The
    `scale` of a number is one of `typed_numbers.SCALES`: messages say it where the number is off.

    The result is typed Any, as that of `dataclasses.field`: each record states its type itself.
    """
    return field(metadata={"meaning": meaning, "scale": scale}, **default)
