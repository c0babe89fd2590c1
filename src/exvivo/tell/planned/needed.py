"""How many more donors a plan needs once some are measured: the records, and their words. No mean
of a group stands in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from exvivo.past import Locked
from exvivo.study import Study
from exvivo.tell import words
from exvivo.visible import one_line

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

Target = Literal["power", "width"]
"""What is to be reached: the planned power, or the planned half width of the interval."""
Why = Literal["", "kind", "few", "bounds", "spread", "no_effect", "hidden"]
"""Why nothing is said of an answer: the spread does not tell it, too few donors, too many results
beyond a limit, no spread left, nothing assumed that power could be for, about some of the groups of
a blinded study only.
"""
Donors = tuple[tuple[str, int], ...]
"""Donors by group."""


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What one answer needs. Differences and spreads are log2 (`effect` is the assumed one, `sd`
    that of a donor's number within a group, told without groups, between `sd_lower` and `sd_upper`
    at 95 %), `wanted` and `as_planned` a share (power) or log2 (half width): what was planned (or
    `asked` for now), and what the planned donors give with this spread.

    `measured` donors have a value, `beyond` are known only by bounds. `needed` are the donors in
    all, None where more than `most`; `least` and `largest` in all at both ends of the spread.
    """

    question: str
    assay: str
    analyte: str
    target: Target
    planned: Donors
    why: Why = ""
    measured: int = 0
    beyond: int = 0
    effect: float = 0.0
    sd_planned: float = 0.0
    sd: float = 0.0
    sd_lower: float = 0.0
    sd_upper: float = 0.0
    wanted: float = 0.0
    asked: bool = False
    as_planned: float = 0.0
    needed: Donors | None = None
    least: int | None = None
    largest: int | None = None
    most: int = 0

    @property
    def in_all(self) -> int | None:
        """The donors needed in all."""
        return None if self.needed is None else sum(n for _, n in self.needed)


@dataclass(frozen=True)
class NextLook:
    """A look at the spread of the donors measured so far: what each answer needs, what the study
    needs `in_all` (None where more than were counted), and the row of the record that says that it
    was done.
    """

    measured: int
    planned: Donors
    answers: tuple[Needed, ...]
    row: int
    hash: str
    lock: Locked | None = None
    in_all: int | None = None

    @property
    def told(self) -> tuple[Needed, ...]:
        """The answers of which something can be said."""
        return tuple(each for each in self.answers if not each.why)


def in_all(planned: Donors, answers: Sequence[Needed]) -> int | None:
    """The donors of all groups, of each those of the answer that needs most; None where more than
    were counted.
    """
    groups = dict(planned)
    for each in answers:
        if each.why:
            continue
        if each.needed is None:
            return None
        groups |= {name: max(n, groups.get(name, 0)) for name, n in each.needed}
    return sum(groups.values())


def next_group(look: NextLook, study: Study) -> Group:
    """The look for `rich.console.Console.print`: what is to be done, the answers, and how it was
    told.
    """
    from rich.console import Group
    from rich.text import Text

    after = [*_not_told(look.answers, study), _HOW, *_of_lock(look.lock)]
    after.append(f"On record as row {look.row}, {look.hash}.")
    first = Text(one_line(headline(look)), style="bold")
    return Group(first, *_tables(look, study), *(Text(one_line(text)) for text in after))


def _tables(look: NextLook, study: Study) -> Iterator[Table]:
    """A table of the answers of each question, and of each target that some have."""
    from rich import box
    from rich.table import Table

    order = {question.id: place for place, question in enumerate(study.questions)}
    told = sorted(look.told, key=lambda each: (order[each.question], each.target))
    for (question, target), answers in groupby(told, key=lambda e: (e.question, e.target)):
        table = Table(
            title=one_line(question), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
        )
        for title in ("answer", "donors", "SD (95 %), log2", _REACHED[target], "needed in all"):
            table.add_column(title, overflow="fold")
        for each in answers:
            table.add_row(*map(one_line, _cells(each, study)))
        yield table


_REACHED: dict[Target, str] = {
    "power": "power with the planned donors",
    "width": "interval with the planned donors",
}


def _cells(each: Needed, study: Study) -> list[str]:
    """An answer as the cells of its line."""
    spread = f"{each.sd:.2f} ({each.sd_lower:.2f} to {each.sd_upper:.2f}); planned "
    return [
        _target(each, study),
        f"{each.measured}" + (f" + {each.beyond} beyond a limit" if each.beyond else ""),
        f"{spread}{each.sd_planned:.2f}",
        _reached(each),
        _needs(each),
    ]


_HOW = (
    "Spreads are told without groups: all donors about one mean for each plate, less what the "
    "assumed difference adds (Kieser and Friede 2003, doi 10.1002/sim.1585, who show that tests "
    "keep their error). No mean of a group was looked at. Never fewer donors than planned. Power "
    "is that of one answer before its family is corrected. Few donors tell a spread badly: see its "
    "interval."
)


def headline(look: NextLook) -> str:
    """How many more, for the answer that needs most."""
    planned = sum(n for _, n in look.planned)
    so_far = f"{look.measured} of {planned} planned donors are measured"
    if not look.told:
        return f"{so_far}; what more is needed cannot be told yet."
    if look.in_all is None:
        return f"{so_far}; an answer would need more than {look.told[0].most} donors."
    if look.in_all <= planned:
        left = max(planned - look.measured, 0)
        return f"{so_far}; the plan stands: {words.counted(left, 'donor')} to come."
    more = look.in_all - look.measured
    return (
        f"{so_far}; {look.in_all} are needed in all, {more} more than are measured and "
        f"{look.in_all - planned} more than planned."
    )


def _reached(each: Needed) -> str:
    """What the planned donors reach with this spread, and what was wanted."""
    wanted = "asked" if each.asked else "planned"
    if each.target == "power":
        now, then = (words.percent(round(x, 3)) for x in (each.as_planned, each.wanted))
        return f"{now} for {words.fold(each.effect)}-fold; {wanted} {then}"
    now, then = (f"{words.fold(x)}-fold" for x in (each.as_planned, each.wanted))
    return f"within {now}; {wanted} {then}"


def _needs(each: Needed) -> str:
    if each.needed is None:
        return f"more than {each.most}"
    groups = " v ".join(f"{n} {group}" for group, n in each.needed)
    ends = f" ({_total(each.least, each.most)} to {_total(each.largest, each.most)} at both ends)"
    return groups + ("" if each.least == each.largest else ends)


def _total(n: int | None, most: int) -> str:
    return f"over {most}" if n is None else str(n)


def _about(each: Needed, study: Study) -> str:
    return " ".join(filter(None, [f"`{each.question}`", _target(each, study)]))


def _target(each: Needed, study: Study) -> str:
    """What an answer is about: `TNF mRNA`."""
    readout = study.assay(each.assay).readout if each.assay else ""
    analyte = study.name_of(each.analyte) if each.analyte else ""
    return " ".join(filter(None, [analyte, readout]))


_WHY: dict[Why, str] = {
    "kind": "the spread of donors alone does not tell",
    "few": "too few donors are measured",
    "bounds": "too many results are beyond a limit",
    "spread": "the spread is smaller than the assumed difference alone makes",
    "hidden": "they are about some groups only, whose sizes are hidden while the study is blinded",
    "no_effect": "nothing is assumed that power could be for (`assumptions: effects`)",
}


def _not_told(answers: Sequence[Needed], study: Study) -> Iterator[str]:
    """The answers of which nothing can be said, by the reason."""
    by_reason: dict[Why, list[str]] = {}
    for each in answers:
        if each.why:
            by_reason.setdefault(each.why, []).append(_about(each, study))
    for why, about in by_reason.items():
        yield f"Not told, as {_WHY[why]}: {words.listed(about)}."


def _of_lock(lock: Locked | None) -> Iterator[str]:
    """Whether what was planned is what was locked."""
    if lock is None:
        yield "Nothing is locked: no row of the record says what was planned."
    elif {"size", "assumptions"} & {*lock.changed}:
        yield "What was planned changed since it was locked: `exvivo history` says how."
