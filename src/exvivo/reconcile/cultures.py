"""What cultures.csv says of the cells, held against what can be and against itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from exvivo.flagged import Flag, Scope, Severity
from exvivo.reconcile.held import Held
from exvivo.study.culture_cells import viability_of
from exvivo.study.days import day_of
from exvivo.words import shortened

_WHOLE = 100.0
_FEW_ALIVE = 50.0
"""Percent of living cells below which cultures are looked at."""
_SHOWN = 4
_SOME = 3
"""Donors of a group from which it is no accident that they share no lot."""
_Cultures = dict[str, tuple[str, str]]
"""Cultures with their donor, and what is said of them."""


def impossible_viability(held: Held) -> Iterator[Flag]:
    """More living cells than cells, or fewer than none."""
    outside = _with_viability(held, lambda share: not 0 <= share <= _WHOLE)
    if outside:
        yield _flag(
            outside,
            "viability",
            "stop",
            what="viability that is no percentage",
            why="what is wrong here may be wrong in the rest of the line: donor, batch or day",
            cure="correct cultures.csv, or leave the cell empty where it is not known",
        )


def low_viability(held: Held) -> Iterator[Flag]:
    """Cultures of which fewer than half of the cells live."""
    low = _with_viability(held, lambda share: 0 <= share < _FEW_ALIVE and share > 1)
    if low:
        yield _flag(
            low,
            "viability",
            "look",
            what=f"viability below {_FEW_ALIVE:g} %",
            why="dying cells release what living ones hold, and answer less",
            cure="look at these cultures; `exvivo exclude` leaves one out, with its reason",
        )


def stimulated_before_drawn(held: Held) -> Iterator[Flag]:
    """Cells that were stimulated before the blood was drawn."""
    wrong: _Cultures = {}
    rows = held.study.cultures.select("culture", "donor", "drawn", "stimulated")
    for culture, donor, drawn, stimulated in rows.iter_rows():
        first, last = day_of(drawn or ""), day_of(stimulated or "")
        if first and last and last < first:
            wrong[culture] = donor, f"drawn {drawn}, stimulated {stimulated}"
    if wrong:
        yield _flag(
            wrong,
            "drawn",
            "stop",
            what="stimulated before the blood was drawn",
            why="one of the two days is wrong, or the line is of another culture",
            cure="correct the days in cultures.csv",
        )


def visits_drawn_out_of_order(held: Held) -> Iterator[Flag]:
    """A later visit whose blood was drawn before that of an earlier one of the same donor."""
    place = {visit: number for number, visit in enumerate(held.study.visits)}
    wrong: _Cultures = {}
    before: dict[str, list[tuple[float, date]]] = {}
    columns = held.study.cultures.select("culture", "donor", "visit", "drawn")
    for culture, donor, visit, drawn in columns.iter_rows():
        day, number = day_of(drawn or ""), _number_of(visit or "1", place)
        if day is None or number is None:
            continue
        own = before.setdefault(donor, [])
        if any((day - other) * (number - earlier) < timedelta(0) for earlier, other in own):
            wrong[culture] = donor, f"visit {visit}, drawn {drawn}"
        own.append((number, day))
    if wrong:
        yield _flag(
            wrong,
            "visit",
            "look",
            what="visits that do not follow one another as the days of the blood do",
            why="a day or a visit is wrong, and a visit tells which score belongs to the cells",
            cure="correct cultures.csv",
        )


def lots_by_group(held: Held) -> Iterator[Flag]:
    """Lots (`lot_...` of cultures.csv) of which no one is in two groups, in groups of some size."""
    group = dict(held.study.donors.select("donor", "group").iter_rows())
    cultures = held.study.cultures
    for column in (name for name in cultures.columns if name.casefold().startswith("lot")):
        lots: dict[str, set[str]] = {}
        people: dict[str, set[str]] = {}
        for donor, lot in cultures.select("donor", column).iter_rows():
            if lot and donor in group:
                lots.setdefault(lot, set()).add(group[donor])
                people.setdefault(group[donor], set()).add(donor)
        if len(people) > 1 and _one_group_each(lots) and min(map(len, people.values())) >= _SOME:
            yield _lots(column, lots)


def _one_group_each(lots: Mapping[str, set[str]]) -> bool:
    return all(len(groups) == 1 for groups in lots.values())


def _lots(column: str, lots: Mapping[str, set[str]]) -> Flag:
    named = [f"{lot}: {', '.join(groups)}" for lot, groups in lots.items()]
    return Flag(
        table="cultures",
        row=column,
        severity="look",
        place=column,
        what=f"no lot of {column} is in two groups: {shortened(named)}",
        why="a difference of groups may be one of lots",
        cure="give some cells of each group the same lot; nothing corrects for it afterwards",
        evidence=tuple(named),
        scope=Scope(),
    )


def _number_of(visit: str, place: Mapping[str, int]) -> float | None:
    """Where a visit stands in time; None where nothing says so."""
    return place.get(visit, float(visit) if visit.isdigit() and not place else None)


def _with_viability(held: Held, is_odd: Callable[[float], bool]) -> _Cultures:
    """The cultures whose viability is odd."""
    odd: _Cultures = {}
    rows = held.study.cultures.select("culture", "donor", "viability").iter_rows()
    for culture, donor, cell in rows:
        share = viability_of(cell or "")
        if share is not None and is_odd(share):
            odd[culture] = donor, cell
    return odd


def _flag(
    cultures: _Cultures, place: str, severity: Severity, *, what: str, why: str, cure: str
) -> Flag:
    """The flag of some cultures, at the answers of their donors."""
    named = [f"{culture} ({seen})" for culture, (_, seen) in cultures.items()]
    donors = tuple(dict.fromkeys(donor for donor, _ in cultures.values()))
    return Flag(
        table="cultures",
        row=shortened(list(cultures), _SHOWN),
        severity=severity,
        place=place,
        what=f"{what}: {shortened(named, _SHOWN)}",
        why=why,
        cure=cure,
        evidence=tuple(named),
        scope=Scope(donors=donors),
    )
