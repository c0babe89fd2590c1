"""Every method a finding can be made by: its id, what family it belongs to, its name and source.

Ids decide, names are for readers. A new method is one file in `compare/methods/` and one entry
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal[
    "none", "means", "ranks", "wells", "coefficient", "regression", "similarity", "joint", "check"
]
"""What kind of estimate a method gives. `check`: a number about another estimate."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method: `id` decides, `name` and `doi` are for readers, `when_not` says when not to use."""

    id: str
    family: Family
    name: str
    doi: tuple[str, ...] = ()
    when_not: str = ""


NOT_ESTIMABLE = Method("none", "none", "none: not estimable")
WELCH = Method(
    "welch",
    "means",
    "Welch's t interval on donor means, errors shared between donors added",
    ("10.1093/biomet/34.1-2.28",),
    "where donors have wells of very different number or error: the mixed model of the wells",
)

METHODS = {method.id: method for method in (NOT_ESTIMABLE, WELCH)}
