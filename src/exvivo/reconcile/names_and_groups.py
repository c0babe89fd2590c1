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
_NEARLY_ALL = 0.85
"""... and the part of them: less, and it may be that of a clinic."""
_MOST, _HARDLY_ANY = 0.6, 0.1
"""The parts of donors named by a group's id that are in it where a few, or all, are swapped."""
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
    donors = held.study.donors.select("donor", "group").with_columns(
        begins=pl.col("donor").map_elements(_beginning, return_dtype=pl.String)
    )
    stands_for = _usual_groups(donors) | _named_groups(donors, held)
    if len(set(stands_for.values())) < 2:
        return []
    each = donors.iter_rows()
    usual = ((donor, group, stands_for.get(begins, group)) for donor, group, begins in each)
    return [(donor, group, other) for donor, group, other in usual if group != other]


def _usual_groups(donors: pl.DataFrame) -> dict[str, str]:
    """The group that nearly all donors of each beginning are in."""
    counts = donors.group_by("begins", "group", maintain_order=True).len()
    nearly_all = pl.col("len") >= _NEARLY_ALL * pl.col("len").sum().over("begins")
    usual = counts.filter(nearly_all, pl.col("len") >= _FEWEST, pl.col("begins") != "")
    return dict(usual.select("begins", "group").iter_rows())


def _named_groups(donors: pl.DataFrame, held: Held) -> dict[str, str]:
    """Groups by their own id, where donors are named by it: most of them, or hardly any of any
    group (all groups swapped).
    """
    ids = {group.id.casefold(): group.id for group in held.study.groups}
    named = donors.filter(pl.col("begins").is_in(list(ids)))
    own = pl.col("group") == pl.col("begins").replace(ids)
    shares = named.group_by("begins", maintain_order=True).agg(
        own.mean().alias("share"), donors=pl.len()
    )
    inside = dict(shares.filter(pl.col("donors") >= _FEWEST).select("begins", "share").iter_rows())
    swapped = all(share <= _HARDLY_ANY for share in inside.values())
    return {each: ids[each] for each, share in inside.items() if swapped or share >= _MOST}
