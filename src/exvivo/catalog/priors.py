"""What a plan assumes where nobody says otherwise: differences of the field and spreads, each with
its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from exvivo.catalog.load import entries

ASSUMED = "assumed"
"""The source of a number that nobody measured."""
_FILE = "priors.yaml"


@dataclass(frozen=True)
class PriorDifference:
    """The standardised difference of an analyte between patients and healthy people, with its 95 %
    interval and the heterogeneity I² (percent) of the studies.
    """

    smd: float
    lower: float
    upper: float
    i2: float
    source: str


@dataclass(frozen=True)
class PriorNumber:
    """A number that a plan assumes: what it is, in which unit, and where it is from."""

    value: float
    unit: str
    meaning: str
    source: str


@lru_cache(maxsize=1)
def prior_differences() -> Mapping[str, PriorDifference]:
    """The differences of the field by analyte."""
    content = entries(_FILE)
    source = str(content["differences_source"])
    lines = content["differences"].items()
    return {analyte: PriorDifference(**line, source=source) for analyte, line in lines}


@lru_cache(maxsize=1)
def prior_numbers() -> Mapping[str, PriorNumber]:
    """Spreads and sizes by name."""
    return {name: PriorNumber(**line) for name, line in entries(_FILE)["numbers"].items()}
