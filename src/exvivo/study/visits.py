"""Visits: their order, and names that two tables write in two ways.

The order is that of `visits` in study.yaml; without it, names give it where they are plain: numbers
(1, 2), dates (2026-03-01), or one word with numbers (v1, month0, T0). Where it is neither and an
answer would take the first of several, it is asked for: `follow_up` comes before `intake` in the
alphabet only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches

import polars as pl

from exvivo.errors import Mistake
from exvivo.study.days import EXCEL_DAYS, day_of
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.files import CULTURES_FILE
from exvivo.study.question_records import Change, Identity, Question, groups_of
from exvivo.study.records import Study
from exvivo.study.unknown import number_of
from exvivo.words import listed, shortened

_NUMBERED = re.compile(r"(\D*?)[ _.-]*(\d+)(\D*)")
_WORDS_OF_VISIT = ("", "v", "visit", "besuch", "visite")
"""What may stand before the number of a visit and adds nothing to it. T1 may be the second one."""
_SLASHED = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})")
_SHORTEST_DATE = 5
_SHOWN = 6


def visit_place(visit: str, declared: Sequence[str] = ()) -> tuple[float, str]:
    """Where a visit stands among others: as declared, else by its number or date, else behind these
    by name.

    >>> sorted(["month12", "month0", "month6"], key=visit_place)
    ['month0', 'month6', 'month12']
    >>> sorted(["follow_up", "intake"], key=lambda v: visit_place(v, ["intake", "follow_up"]))
    ['intake', 'follow_up']
    """
    if visit in declared:
        return float(declared.index(visit)), visit
    if (number := number_of(visit)) is not None:
        return number, visit
    if day := _iso_day(visit):
        return float(day.toordinal()), visit
    numbered = _NUMBERED.fullmatch(visit)
    return (float(numbered[2]) if numbered else math.inf), visit


def ordered(visits: Iterable[str], declared: Sequence[str] = ()) -> list[str]:
    """Each visit once, in their order."""
    return sorted(set(visits), key=lambda visit: visit_place(visit, declared))


def is_plain(visits: Iterable[str]) -> bool:
    """Whether names give the order by themselves: all numbers, all dates, or one word with numbers.

    >>> is_plain(["v1", "v2"]), is_plain(["intake", "follow_up"]), is_plain(["02.02.2026"])
    (True, False, False)
    """
    names = list(visits)
    kinds = {_kind(name) for name in names}
    return len(kinds) == 1 and None not in kinds


def _kind(visit: str) -> str | None:
    """What kind of name gives its place by itself; None for any other."""
    if number_of(visit) is not None:
        return "number"
    if _iso_day(visit):
        return "date"
    numbered = _NUMBERED.fullmatch(visit)
    return f"{numbered[1]}#{numbered[3]}".casefold() if numbered else None


def _iso_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def visit_spelling(visit: str) -> str:
    """A visit without what two tables may write in two ways: capitals, blanks, a word for visit
    before its number, zeros before it.

    >>> visit_spelling("Visit 01"), visit_spelling("v1"), visit_spelling("1.0")
    ('1', '1', '1')
    """
    if (number := number_of(visit)) is not None:
        return f"{number:g}"
    plain = "".join(filter(str.isalnum, visit.casefold()))
    numbered = _NUMBERED.fullmatch(plain)
    if numbered and not numbered[3] and numbered[1] in _WORDS_OF_VISIT:
        return str(int(numbered[2]))
    return plain


def day_words(visit: str) -> str:
    """What a name may be, where a spreadsheet made it: the day an Excel number stands for, or a
    date; empty for any other.

    >>> day_words("46055"), day_words("02.02.2026"), day_words("1")
    ('the number by which Excel keeps 2026-02-02', 'a date', '')
    """
    if visit.isdigit() and int(visit) in EXCEL_DAYS:
        return f"the number by which Excel keeps {day_of(visit)}"
    return "a date" if len(visit) > _SHORTEST_DATE and _is_date(visit) else ""


def _is_date(text: str) -> bool:
    return day_of(text) is not None or bool(_SLASHED.fullmatch(text))


def visits_of(study: Study, question: Question, assay: str) -> list[str]:
    """The visits at which the groups of a question were measured by an assay, in their order."""
    plates = [plate.id for plate in study.plates if plate.assay == assay]
    wells = study.layout.filter(
        pl.col("role") == "sample",
        pl.col("plate").is_in(plates),
        pl.col("group").is_in(groups_of(question)),
    )
    cells: str = getattr(question, "cell_type", "")
    if cells:
        wells = wells.filter(pl.col("cell_type") == cells)
    return ordered(wells["visit"].drop_nulls(), study.visits)


def visit_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Visits of the layouts that `visits` does not name, an order that nothing gives where an
    answer takes the first, and changes asked against the order.
    """
    yield from _declared_twice(study, entry)
    undeclared = list(undeclared_visits(study, _of_layouts(study), "the layouts", entry))
    if undeclared:
        yield from undeclared
        return
    for i, question in enumerate(study.questions):
        at = entry.at("questions", i)
        if isinstance(question, Change):
            yield from _against_the_order(study, question, at)
    if "visit" in study.cultures.columns:
        named = dict.fromkeys(filter(None, study.cultures["visit"]))
        yield from undeclared_visits(study, named, CULTURES_FILE, entry)
    yield from _order_asked(study, entry)
    yield from _days_for_names(study)


def _days_for_names(study: Study) -> Mistakes:
    """Visits named by the day, where people came on days of their own: then no two share one."""
    samples = study.layout.filter(pl.col("role").is_in(["sample", "spike"]))
    visits = samples.drop_nulls(["donor", "visit"]).unique(["donor", "visit"], maintain_order=True)
    names = visits["visit"].unique(maintain_order=True).to_list()
    most = visits["donor"].value_counts()["count"].max()
    if visits.is_empty() or len(names) <= int(str(most)) or not all(map(day_words, names)):
        return
    yield Mistake(
        visits["line"][0],
        f"visits named by the day ({shortened(names, _SHOWN)}), which people do not share",
        "one name for the first visit of everybody, one for the second",
        "write 1, 2 in the column `visit`; the day goes into cultures.csv (`drawn`)",
    )


def _of_layouts(study: Study) -> list[str]:
    samples = study.layout.filter(pl.col("role").is_in(["sample", "spike"]))
    return samples["visit"].drop_nulls().unique(maintain_order=True).to_list()


def _declared_twice(study: Study, entry: Entry) -> Mistakes:
    for visit in dict.fromkeys(study.visits):
        if study.visits.count(visit) > 1:
            yield entry.mistake(f"visit `{visit}` twice", "each once", "remove one", field="visits")


def undeclared_visits(study: Study, visits: Iterable[str], where: str, entry: Entry) -> Mistakes:
    """One mistake for the visits of a table that `visits` does not name."""
    unknown = [visit for visit in visits if study.visits and visit not in study.visits]
    if not unknown:
        return
    spelled = {visit_spelling(visit): visit for visit in study.visits}
    meant = {visit: _meant(visit, spelled) for visit in unknown}
    near = [f"`{known}` for `{visit}`" for visit, known in meant.items() if known]
    asked = f"did you mean {listed(near)}? Else " if near else ""
    yield entry.mistake(
        f"in {where} the visits {shortened(unknown, _SHOWN)}, which `visits` does not name",
        f"visits of study.yaml: {', '.join(study.visits)}",
        f"{asked}correct the names, or add them to `visits` in their order",
        field="visits",
    )


def _meant(visit: str, spelled: dict[str, str]) -> str:
    """The declared visit that a name is probably another spelling of; empty where none is near."""
    near = get_close_matches(visit_spelling(visit), spelled, n=1)
    return spelled[near[0]] if near else ""


def _against_the_order(study: Study, question: Change, entry: Entry) -> Mistakes:
    """Visits of a change that do not follow one another as declared, or as their names say."""
    known = set(question.visits) <= set(study.visits) or is_plain(question.visits)
    in_order = ordered(question.visits, study.visits)
    if known and len(in_order) > 1 and list(dict.fromkeys(question.visits)) != in_order:
        yield entry.mistake(
            f"visits {', '.join(question.visits)}",
            f"their order in time: {', '.join(in_order)}",
            "write the earliest first: the change is the last minus the first",
            field="visits",
        )


def _order_asked(study: Study, entry: Entry) -> Mistakes:
    """One question for an order, where answers take the first of several visits whose names do not
    give it.
    """
    unordered: list[str] = []
    asked: list[str] = []
    for question in study.questions:
        if isinstance(question, Identity | Change):
            continue
        for assay in question.assays:
            visits = visits_of(study, question, assay)
            if len(visits) > 1 and not (set(visits) <= set(study.visits) or is_plain(visits)):
                unordered += visits
                asked.append(question.id)
    if asked:
        yield order_mistake(dict.fromkeys(unordered), dict.fromkeys(asked), entry)


def order_mistake(visits: Iterable[str], questions: Iterable[str], entry: Entry) -> Mistake:
    """The question for an order of some visits, which some questions need."""
    names = sorted(visits, key=lambda visit: day_of(visit) or date.max)
    return entry.mistake(
        f"the visits {listed(names)}, and no order of them; {shortened(list(questions), _SHOWN)} "
        "would take the first",
        "an order: names that give it (1, 2; 2026-03-01; month0, month12), or `visits`",
        f"write their order in time at the top of study.yaml: `visits: [{', '.join(names)}]`",
    )
