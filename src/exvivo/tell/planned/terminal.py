"""What a terminal shows of a plan, for `rich.console.Console.print`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from exvivo.study import Study
from exvivo.tell.figures.chart import grouped
from exvivo.tell.planned import bought
from exvivo.tell.planned.balance import (
    PLAIN,
    balance_rows,
    effects_words,
    gained_of,
    made_words,
)
from exvivo.tell.planned.grids import planned_place, varying
from exvivo.tell.planned.names import (
    BOUGHT,
    BRIEFLY,
    answer_words,
    chance,
    exact_of,
    name_of,
    percent,
    reach,
    size_words,
)
from exvivo.tell.planned.power_page import Row, planned_rows
from exvivo.tell.planned.records import LayoutMaps, Outlook, PowerTable, Purchase
from exvivo.tell.planned.rests_on import LISTS, number_words
from exvivo.tell.planned.sentences import made_words as how_made
from exvivo.tell.planned.sentences import stated_in
from exvivo.tell.terminal import MARKS
from exvivo.tell.words import capital, counted, number
from exvivo.units import UNITS, Unit
from exvivo.visible import one_line
from exvivo.words import NO_NUMBER

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

_SIGNS = (
    "● supported, ≈ equivalent; ± one Monte-Carlo standard error. The interval: what an estimate "
    "is multiplied and divided by at its ends. Too large, wrong (sign): of what is supported; –: "
    "nothing there, no formula, or fewer than 20 claims."
)
_VARIANCE = "What places on plates add to the variance of an answer, laid out against by chance:"
_BY_CHANCE = (
    "By chance: one random order of all wells over all plates of an assay, which fills each plate "
    "with another number of wells."
)
_OF_SCORES = (
    "Questions about scores or people's columns have no line of their own: what serves them is the "
    "response of a single donor."
)
_MOST_ROWS = 40
"""Rows of other sizes that a terminal shows."""
_FEW = 4
"""Answers up to which what is bought has rows for its interval and for Student's test."""
_OF_BALANCE = ("plate", "what", "", "by chance", "laid out")


def power_lines(table: PowerTable, study: Study) -> Group:
    """What the declared questions could find in the planned size, what buys most, and what speaks
    against the plan.
    """
    from rich.console import Group

    return Group(*_power(table, study))


def _power(table: PowerTable, study: Study) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    planned = size_words(table.sizes[planned_place(table.sizes)], study)
    yield Text(one_line(f"What a study of {planned} could find:"), style="bold")
    yield Text(one_line(how_made(table)), style="dim")
    for heading, rows in planned_rows(table, study):
        yield Text()
        yield Text(one_line(heading), style="bold")
        yield Padding(_answers(rows), (0, 0, 0, 2))
    yield Text()
    yield Text(_SIGNS)
    for sentence in stated_in(table):
        yield Text(one_line(sentence))
    yield from _other_sizes(table, study)
    yield from _buys(table, study)
    yield from _field(table, study)
    yield from _warnings(table)
    yield from _assumed(table, study)


def _answers(rows: Sequence[Row]) -> Table:
    """The answers of a question; a column is left out where nothing stands in it."""
    named = {
        "answer": [row.about for row in rows],
        "if it is": [row.truth for row in rows],
        f"{MARKS['supported']} chance": [row.supported for row in rows],
        f"{MARKS['equivalent']} chance": [row.equivalent for row in rows],
        "exact": [_marked(row, both=_are_both(rows)) for row in rows],
        "interval": [row.reach for row in rows],
        "too large": [row.exaggeration.replace(" times", " ×") for row in rows],
        "wrong": [row.wrong_share for row in rows],
    }
    kept = {name: cells for name, cells in named.items() if set(cells) != {NO_NUMBER}}
    return _table(list(kept), list(zip(*kept.values(), strict=True)), words=2)


def _are_both(rows: Sequence[Row]) -> bool:
    """Whether chances of both answers stand in a table."""
    columns = ([row.supported for row in rows], [row.equivalent for row in rows])
    return all(set(cells) != {NO_NUMBER} for cells in columns)


def _marked(row: Row, *, both: bool) -> str:
    """The exact chance; with the sign of what it is of, where there may be two."""
    is_told = both and row.whole_exact != NO_NUMBER
    return f"{MARKS[row.hoped]} {row.whole_exact}" if is_told else row.whole_exact


def _other_sizes(table: PowerTable, study: Study) -> Iterator[RenderableType]:
    """The chance of each answer in the other sizes of a grid."""
    from rich.padding import Padding
    from rich.text import Text

    planned = planned_place(table.sizes)
    axes = varying(table.sizes)
    answers = grouped((name_of(each), each) for each in table.outlooks)
    others = [each for own in answers.values() for each in own if each.size != planned]
    if not axes or not others:
        return
    rows = [
        [*(axis.label(table.sizes[each.size]) for axis in axes), *_cells(each, study)]
        for each in others[:_MOST_ROWS]
    ]
    header = [*(axis.short for axis in axes), "answer", "chance", "exact", "interval"]
    yield Text()
    yield Text("Other sizes", style="bold")
    yield Padding(_table(header, rows, words=len(axes) + 1), (0, 0, 0, 2))
    if len(others) > _MOST_ROWS:
        yield Text(f"  and {len(others) - _MOST_ROWS} more: the report has every one.")


def _cells(outlook: Outlook, study: Study) -> tuple[str, str, str, str]:
    """An answer, its chance, the exact one, and its interval."""
    return (
        answer_words(outlook, study),
        f"{MARKS[outlook.hoped]} {chance(outlook.power)}",
        exact_of(outlook.power),
        reach(outlook.half_width.value, UNITS[outlook.unit]),
    )


def _field(table: PowerTable, study: Study) -> Iterator[RenderableType]:
    """What the differences of the field give in a study of this size, by exact formulas."""
    from rich.padding import Padding
    from rich.text import Text

    if not table.priors:
        return
    header = ["analyte", "SD", "Student", "Welch", "interval", "too large", "wrong", "80 %"]
    rows = [
        [
            study.name_of(each.analyte),
            number(each.smd),
            percent(each.student),
            percent(each.welch),
            f"± {number(each.half_width)} SD",
            f"{each.exaggeration:.1f} ×",
            percent(each.wrong_sign),
            str(each.needed),
        ]
        for each in table.priors
    ]
    yield Text()
    yield Text("What the field's differences give at this size (exact, one test)", style="bold")
    yield Padding(_table(header, rows, words=1), (0, 0, 0, 2))
    yield Text("  80 %: donors a group with which Student's test finds it in 80 % of studies.")


def _buys(table: PowerTable, study: Study) -> Iterator[RenderableType]:
    """The chance of each answer as planned and with one thing changed, and what each change
    costs.
    """
    from rich.padding import Padding
    from rich.text import Text

    wanted = bought.worth_showing(table)
    if not wanted:
        return
    changes = list(dict.fromkeys(each.change for each in wanted))
    rows = list(_rows_of_buys(table, wanted, changes, study))
    yield Text()
    yield Text("What buys most", style="bold")
    header = ["answer", "as planned", *(BRIEFLY.get(each, each) for each in changes)]
    yield Padding(_table(header, rows, words=1), (0, 0, 0, 2))
    yield Text(f"  {_marks(wanted)}")
    for change in changes:
        costs = bought.cost_words(next(each for each in wanted if each.change == change))
        yield Text(f"  {capital(BOUGHT.get(change, change))}: {costs}.")


def _marks(wanted: Sequence[Purchase]) -> str:
    """What the sign beside a chance says, and how well chances and gains are known."""
    mark = "< the largest gain, where it is larger than two errors of the gain"
    chances = [end.error or 0.0 for each in wanted for end in bought.ends_of(each)]
    gains = [bought.gain_of(each).error or 0.0 for each in wanted]
    if not any(chances):
        return f"{mark}; all exact."
    return f"{mark}. Errors: chances up to ± {_errors(chances)}, gains up to ± {_errors(gains)}."


def _errors(errors: Sequence[float]) -> str:
    """The largest of some errors."""
    return f"{100 * max(errors):.1f} %"


def _rows_of_buys(
    table: PowerTable, wanted: Sequence[Purchase], changes: Sequence[str], study: Study
) -> Iterator[list[str]]:
    """The chances of each answer; of few, also the interval and Student's test."""
    answers = grouped((name_of(each), each) for each in wanted)
    known = {name_of(each): each for each in table.outlooks}
    for name, own in answers.items():
        yield _bought(own, changes, MARKS[known[name].hoped], study)
        if len(answers) <= _FEW:
            yield from _beside(own, changes, UNITS[known[name].unit])


def _bought(own: Sequence[Purchase], changes: Sequence[str], sign: str, study: Study) -> list[str]:
    """The chances of an answer, with the `sign` of what they are of; the best is marked, where
    chance cannot have done it.
    """
    after = {each.change: percent(bought.ends_of(each)[1].value) for each in own}
    if best := bought.best_of(own):
        after[best.change] += " <"
    cells = [after.get(each, NO_NUMBER) for each in changes]
    before = percent(bought.ends_of(own[0])[0].value)
    return [answer_words(own[0], study), f"{sign} {before}", *cells]


def _beside(own: Sequence[Purchase], changes: Sequence[str], unit: Unit) -> Iterator[list[str]]:
    """The interval with each change, and the chance by Student's test where it is known."""
    by_change = {each.change: each for each in own}
    widths = [reach(by_change[each].half_width_after, unit) for each in changes]
    yield ["  its interval", reach(own[0].half_width_before, unit), *widths]
    if own[0].student_before is not None:
        student = [_share(by_change[each].student_after) for each in changes]
        yield ["  by Student's test", _share(own[0].student_before), *student]


def _share(value: float | None) -> str:
    return NO_NUMBER if value is None else percent(value)


def _warnings(table: PowerTable) -> Iterator[RenderableType]:
    from rich.text import Text

    if table.warnings:
        yield Text()
        yield Text("What speaks against this plan", style="bold")
    for each in table.warnings:
        yield Text(one_line(f"! {each.where}: {each.found}"), style="yellow")
        yield Text(one_line(f"    {capital(each.cure)}."))


def _assumed(table: PowerTable, study: Study) -> Iterator[RenderableType]:
    """The numbers that the plan rests on and nobody gives a source of."""
    from rich.text import Text

    for origin, words in LISTS.items():
        own = [each for each in table.assumed if each.origin == origin]
        if own:
            yield Text()
            yield Text(f"{counted(len(own), 'number')} {words} (sources: the report):")
        for each in own:
            yield Text(one_line(f"  {number_words(each, study)}: {each.value}"))


def layout_lines(maps: LayoutMaps, study: Study) -> Group:
    """Where groups lie, and what the layout protects from."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    samples = sum(well.kind == "sample" for plate in maps.plates for well in plate.wells)
    head = f"{counted(samples, 'sample well')} on {counted(len(maps.plates), 'plate')}"
    return Group(
        Text(one_line(f"{capital(head)}. {made_words(maps)}"), style="bold"),
        Padding(_table(_OF_BALANCE, balance_rows(maps, study), words=3), (0, 0, 0, 2)),
        Text(_BY_CHANCE),
        Text(_VARIANCE),
        Padding(_gained(maps, study), (0, 0, 0, 2)),
        *([Text(_OF_SCORES)] if _lacks_some(maps, study) else []),
        Text(PLAIN),
        Text(effects_words(maps)),
    )


def _lacks_some(maps: LayoutMaps, study: Study) -> bool:
    """Whether a question has no line of its own."""
    return not {each.id for each in study.questions} <= {each.about for each in maps.protected}


def _gained(maps: LayoutMaps, study: Study) -> Table:
    """What is gained at each answer."""
    rows = gained_of(maps, study)
    named = {
        "answer": [row.about for row in rows],
        "assay": [row.assay for row in rows],
        "times less": [row.times_less for row in rows],
        "the whole falls by": [row.whole for row in rows],
    }
    kept = {name: cells for name, cells in named.items() if set(cells) != {""}}
    words = 2 if "assay" in kept else 1
    return _table(list(kept), list(zip(*kept.values(), strict=True)), words=words)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, words: int) -> Table:
    """A table whose first columns hold `words`, which go on in a further line where a terminal is
    narrow; all others numbers, which stay whole.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(header):
        side: Literal["left", "right"] = "left" if place < words else "right"
        table.add_column(name, justify=side, no_wrap=place >= words, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    return table
