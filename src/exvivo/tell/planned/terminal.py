"""What a terminal shows of a plan, for `rich.console.Console.print`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exvivo.study import Study
from exvivo.tell.figures.chart import grouped
from exvivo.tell.planned import bought
from exvivo.tell.planned.balance import (
    balance_rows,
    effects_words,
    made_words,
    protected_lines,
)
from exvivo.tell.planned.grids import planned_place
from exvivo.tell.planned.names import BOUGHT, BRIEFLY, answer_words, name_of, percent, size_words
from exvivo.tell.planned.power_page import Row, planned_rows
from exvivo.tell.planned.records import LayoutMaps, PowerTable, Purchase
from exvivo.tell.planned.sentences import made_words as how_made
from exvivo.tell.terminal import MARKS
from exvivo.tell.words import capital, counted
from exvivo.visible import one_line
from exvivo.words import NO_NUMBER

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

_SIGNS = (
    "● supported, ≈ equivalent; ± one Monte-Carlo standard error. The interval: what an estimate "
    "is multiplied and divided by at its ends. Too large, wrong sign: of what is supported."
)
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
    yield Text(one_line(f"What a study of {planned} could find"), style="bold")
    yield Text(one_line(how_made(table)), style="dim")
    for heading, rows in planned_rows(table, study):
        yield Text()
        yield Text(one_line(heading), style="bold")
        yield Padding(_answers(rows), (0, 0, 0, 2))
    yield Text()
    yield Text(_SIGNS)
    yield from _buys(table, study)
    yield from _warnings(table)
    yield from _assumed(table)


def _answers(rows: Sequence[Row]) -> Table:
    """The answers of a question; a column is left out where nothing stands in it."""
    named = {
        "answer": [row.about for row in rows],
        "if it is": [row.truth for row in rows],
        "chance": [f"{MARKS[row.hoped]} {row.power}" for row in rows],
        "exact": [row.exact for row in rows],
        "interval": [row.reach for row in rows],
        "too large": [row.exaggeration for row in rows],
        "wrong sign": [row.wrong_share for row in rows],
    }
    kept = {name: cells for name, cells in named.items() if set(cells) != {NO_NUMBER}}
    return _table(list(kept), list(zip(*kept.values(), strict=True)), words=2)


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
    answers = grouped((name_of(each), each) for each in wanted)
    rows = [_bought(own, changes, study) for own in answers.values()]
    yield Text()
    yield Text("What buys most", style="bold")
    header = ["answer", "as planned", *(BRIEFLY.get(each, each) for each in changes)]
    yield Padding(_table(header, rows, words=1), (0, 0, 0, 2))
    for change in changes:
        costs = bought.cost_words(next(each for each in wanted if each.change == change))
        yield Text(f"  {capital(BOUGHT.get(change, change))}: {costs}.")


def _bought(own: Sequence[Purchase], changes: Sequence[str], study: Study) -> list[str]:
    """The chances of an answer; the best of them with a sign."""
    after = {each.change: each.after.value for each in own}
    best = max(after, key=lambda change: after[change])
    cells = [
        percent(after[each]) + " <" * (each == best) if each in after else NO_NUMBER
        for each in changes
    ]
    return [answer_words(own[0], study), percent(own[0].before.value), *cells]


def _warnings(table: PowerTable) -> Iterator[RenderableType]:
    from rich.text import Text

    if table.warnings:
        yield Text()
        yield Text("What speaks against this plan", style="bold")
    for each in table.warnings:
        yield Text(one_line(f"! {each.where}: {each.found}"), style="yellow")
        yield Text(one_line(f"    {capital(each.cure)}."))


def _assumed(table: PowerTable) -> Iterator[RenderableType]:
    """How many numbers the plan rests on that nobody of the study stated."""
    from rich.text import Text

    priors = [each for each in table.assumed if each.origin != "study"]
    yield Text()
    if priors:
        count = counted(len(priors), "number")
        yield Text(f"{count} of the field, where study.yaml states none (sources: the report):")
    for each in priors:
        yield Text(one_line(f"  {each.what}: {each.value}"))


def layout_lines(maps: LayoutMaps, study: Study) -> Group:
    """Where groups lie, and what the layout protects from."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    samples = sum(well.kind == "sample" for plate in maps.plates for well in plate.wells)
    head = f"{counted(samples, 'sample well')} on {counted(len(maps.plates), 'plate')}"
    lines = [*protected_lines(maps, study), effects_words(maps)]
    return Group(
        Text(one_line(f"{capital(head)}. {made_words(maps)}"), style="bold"),
        Padding(_table(_OF_BALANCE, balance_rows(maps, study), words=3), (0, 0, 0, 2)),
        *(Text(one_line(line)) for line in lines),
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, words: int) -> Table:
    """A table whose first columns hold `words`, all others numbers."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(header):
        table.add_column(name, justify="left" if place < words else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    return table
