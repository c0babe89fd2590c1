"""What a terminal shows of a plan, for `rich.console.Console.print`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exvivo.study import Study
from exvivo.tell.planned.balance import (
    balance_rows,
    effects_words,
    made_words,
    protected_lines,
)
from exvivo.tell.planned.bought import by_gain, change_words, gain_words
from exvivo.tell.planned.grids import planned_place
from exvivo.tell.planned.names import answer_words, name_of, size_words
from exvivo.tell.planned.power_page import Row, planned_rows
from exvivo.tell.planned.records import LayoutMaps, PowerTable
from exvivo.tell.planned.sentences import made_words as how_made
from exvivo.tell.words import capital, counted
from exvivo.visible import one_line

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

_OF_POWER = (
    "answer",
    "if the truth is",
    "chance",
    "by formula",
    "interval",
    "too large",
    "wrong sign",
)
_OF_BALANCE = ("plate", "what", "", "plain order", "laid out")


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
        yield Padding(_table(_OF_POWER, [_cells(row) for row in rows], words=2), (0, 0, 0, 2))
    yield from _buys(table, study)
    yield from _warnings(table)
    yield from _assumed(table)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.about,
        row.truth,
        row.power,
        row.exact,
        row.reach,
        row.exaggeration,
        row.wrong_sign,
    )


def _buys(table: PowerTable, study: Study) -> Iterator[RenderableType]:
    """The best that can be bought for each answer, and the rest behind it."""
    from rich.text import Text

    names = dict.fromkeys(map(name_of, table.purchases))
    if names:
        yield Text()
        yield Text("What buys most", style="bold")
    for name in names:
        own = by_gain([each for each in table.purchases if name_of(each) == name])
        yield Text(one_line(f"  {answer_words(own[0], study)}"))
        for each in own:
            yield Text(one_line(f"    {change_words(each)}: {gain_words(each)}"))


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
        yield Text(f"{count} of the field, where study.yaml states none under `assumptions:`")
    for each in priors:
        yield Text(one_line(f"  {each.what}: {each.value} ({each.source or 'no source'})"))


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
        table.add_column(name, justify="left" if place < words else "right")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    return table
