"""What nobody saw of some donors: in which condition no well has a value, and which kind of bound
is known in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from exvivo.compare.sample import Sample, Well
from exvivo.findings import Facts

Kind = Literal["below", "between", "low", "above", "several", "open"]
"""Where the wells of a donor in a condition lie: below a bound, between two, some below one and
some between two (`low`), above one, each elsewhere, or anywhere.
"""


def unseen(donors: Sample, *, response: bool) -> Facts:
    """How many `donors` there are, and for each condition and kind of bound (`unstimulated_below`)
    how many have no value there.

    The condition is `unstimulated` or `stimulated` of a response whose wells are kept, `response`
    where they are not, `result` of a level.
    """
    conditions = {1.0: "result"}
    if response and any(donors.wells):
        conditions = {-1.0: "unstimulated", 1.0: "stimulated"}
    elif response:
        conditions = {1.0: "response"}
    counts: Counter[str] = Counter()
    for wells in donors.seen_wells:
        for side, condition in conditions.items():
            kinds = list(_kinds([well for well in wells if well.side == side]))
            counts.update(f"{condition}_{kind}" for kind in kinds)
    return {"donors": len(donors.donors), **counts}


def _kinds(wells: Sequence[Well]) -> Iterator[Kind]:
    """Where the wells of one donor in one condition lie; nothing where one has a value."""
    if any(well.value is not None for well in wells):
        return
    kinds = {_kind(well) for well in wells}
    if len(kinds) <= 1:
        yield from kinds
    else:
        yield "low" if kinds == {"below", "between"} else "several"


def _kind(well: Well) -> Kind:
    """Where a well without a value lies."""
    if well.lower is not None and well.upper is not None:
        return "between"
    if well.lower is None and well.upper is None:
        return "open"
    return "below" if well.lower is None else "above"
