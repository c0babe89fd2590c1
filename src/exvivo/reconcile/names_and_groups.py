"""Donors whose name begins as those of another group do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.words import shortened

_FEWEST = 3
"""Donors of one beginning in one group from which it stands for the group ..."""
_MOSTLY = 0.75
"""... and the part of them."""
_BEGINNING = re.compile(r"[^\W\d_]+")


def names_of_another_group(held: Held) -> Iterator[Flag]:
    """Donors whose name begins as nearly all names of another group do."""
    strangers = _strangers(held)
    if strangers:
        named = [f"{donor} in {own}" for donor, own, _ in strangers]
        begins = sorted({f"{_beginning(donor)}... in {usual}" for donor, _, usual in strangers})
        donors = tuple(donor for donor, _, _ in strangers)
        yield Flag(
            table="donors",
            row=shortened(list(donors)),
            severity="look",
            what=f"{shortened(named)}, where other donors are {shortened(begins)}",
            why="two groups swapped in donors.csv look like this, and turn differences round",
            cure="check their group in donors.csv; if it is right, accept this flag",
            place="group",
            evidence=tuple(named),
            scope=Scope(donors=donors),
        )


def _beginning(donor: str) -> str:
    match = _BEGINNING.match(donor)
    return match[0].casefold() if match else ""


def _strangers(held: Held) -> list[tuple[str, str, str]]:
    """Each such donor with its group, and the group that its name stands for."""
    donors = [(str(d), str(g)) for d, g in held.study.donors.select("donor", "group").iter_rows()]
    stands_for = _usual_groups(donors)
    if len(set(stands_for.values())) < 2:
        return []
    stands_for |= _named_groups(held)
    usual = ((d, g, stands_for.get(_beginning(d), g)) for d, g in donors)
    return [(donor, group, other) for donor, group, other in usual if group != other]


def _usual_groups(donors: list[tuple[str, str]]) -> dict[str, str]:
    """The group that most donors of each beginning are in."""
    rows = pl.DataFrame(
        [(_beginning(d), g) for d, g in donors], schema=["begins", "group"], orient="row"
    )
    counts = rows.group_by("begins", "group", maintain_order=True).len()
    mostly = pl.col("len") >= _MOSTLY * pl.col("len").sum().over("begins")
    usual = counts.filter(mostly, pl.col("len") >= _FEWEST, pl.col("begins") != "")
    return dict(usual.select("begins", "group").iter_rows())


def _named_groups(held: Held) -> dict[str, str]:
    """Groups by their own id, where donors are named by it."""
    return {
        group.id.casefold(): group.id for group in held.study.groups if len(held.study.groups) > 1
    }
