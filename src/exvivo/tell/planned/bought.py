"""What buys most: the chance of each answer as planned, and with one thing of the plan changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import polars as pl

from exvivo.study import Study
from exvivo.tell.figures.axes import labelled, named_rows, quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    MUTED,
    Figure,
    Key,
    Layers,
    Panel,
    cell,
    grouped,
    one_row,
)
from exvivo.tell.figures.shapes import Plane, point, rule
from exvivo.tell.planned.names import BOUGHT, answer_words, chance, is_nothing, name_of, percent
from exvivo.tell.planned.records import Figured, Outlook, PowerTable, Purchase
from exvivo.tell.words import capital, counted
from exvivo.words import NO_NUMBER

_WIDTH, _ROW = 170, 22
_STEPS = (0.05, 0.1, 0.2, 0.5)
_LEAST, _ROOM = 0.2, 0.05
"""The shortest axis, and the room at its ends."""
_MOST = 6
"""Ticks of an axis at most."""
_KEY = (
    Key("circle", INK, "as planned", hollow=True),
    Key("circle", COLOURS[1], "with the change"),
)
_CAPTION = (
    "The chance that each answer is supported (equivalent, where nothing is assumed to be there "
    "and a margin is declared) as planned (ring), and with one thing of the plan changed (dot), "
    "the largest gain first; exact where a formula is. Pale: two Monte-Carlo errors to either "
    "side. All panels have one axis. "
)


def figure(
    purchases: Sequence[Purchase], *, study: Study, name: str, top: float | None = None
) -> Figure | None:
    """A panel for each answer, all with chances up to `top` (left out: up to the largest of these);
    nothing where nothing was looked at.
    """
    if not purchases:
        return None
    answers = grouped((name_of(each), each) for each in purchases)
    end = top_of(purchases) if top is None else top
    panels = one_row(_panel(by_gain(own), end, study) for own in answers.values())
    rows = [
        {
            "question": each.question,
            "answer": answer_words(each, study),
            "change": each.change,
            "donors": each.donors,
            "wells": each.samples,
            "before": ends_of(each)[0].value,
            "after": ends_of(each)[1].value,
            "after_error": ends_of(each)[1].error,
        }
        for each in purchases
    ]
    return Figure(name, _CAPTION + costs_words(purchases), panels, pl.DataFrame(rows), _KEY)


def worth_showing(table: PowerTable) -> list[Purchase]:
    """The purchases of answers that something can be bought for: not those whose truth is nothing,
    and which ask for nothing else.
    """
    lost = {name_of(each) for each in table.outlooks if _is_lost(each)}
    return [each for each in table.purchases if name_of(each) not in lost]


def _is_lost(outlook: Outlook) -> bool:
    return outlook.hoped == "supported" and is_nothing(outlook)


def by_gain(purchases: Sequence[Purchase]) -> list[Purchase]:
    """The largest gain first."""
    return sorted(purchases, key=lambda each: -gain_of(each).value)


def ends_of(purchase: Purchase) -> tuple[Figured, Figured]:
    """The chance before and after: exact where both are known so, since chance would else part
    sizes that are alike.
    """
    before, after = purchase.before, purchase.after
    if before.exact is None or after.exact is None:
        return before, after
    return Figured(before.exact), Figured(after.exact)


def gain_of(purchase: Purchase) -> Figured:
    """By how much a change raises the chance, with the error of that difference; exact where both
    are known so.
    """
    before, after = ends_of(purchase)
    if after.error is None:
        return Figured(after.value - before.value)
    if not math.isnan(purchase.gain.value):
        return purchase.gain
    return Figured(after.value - before.value, math.hypot(before.error or 0.0, after.error))


def is_more(purchase: Purchase) -> bool:
    """Whether a change raises the chance by more than two errors of the difference."""
    gain = gain_of(purchase)
    return gain.value > 0 and gain.value > 2 * (gain.error or 0.0)


def best_of(purchases: Sequence[Purchase]) -> Purchase | None:
    """The change that raises the chance of an answer most; None where chance may have done it."""
    return next(filter(is_more, by_gain(purchases)), None)


def student_words(purchase: Purchase) -> str:
    """The chance by Student's test, before and after: `12.7 to 21.5 %`."""
    before, after = purchase.student_before, purchase.student_after
    if before is None or after is None:
        return NO_NUMBER
    return f"{percent(before).removesuffix(' %')} to {percent(after)}"


def top_of(purchases: Sequence[Purchase]) -> float:
    """Where an axis ends that holds every chance of some changes."""
    ends = [end.value for each in purchases for end in ends_of(each) if not math.isnan(end.value)]
    return min(1.0, max([_LEAST, *ends]) * 1.05)


def _panel(purchases: Sequence[Purchase], top: float, study: Study) -> Panel:
    title = answer_words(purchases[0], study)
    texts = (f"{change_words(each)}: {gain_words(each)}" for each in purchases)
    alt = f"{title}: {'; '.join(texts)}."
    return Panel(title, alt, cell(_WIDTH, _ROW * len(purchases), _layers(purchases, top)))


def _layers(purchases: Sequence[Purchase], top: float) -> Layers:
    plane = _plane(top, [_name(each) for each in purchases])
    rows = [
        {"x": round(before.value, 5), "b": round(after.value, 5), "y": row}
        for row, (before, after) in enumerate(map(ends_of, purchases))
    ]
    yield plane.along(rule(MUTED, 1.4), rows)
    if doubts := list(_doubts(purchases, top)):
        yield plane.along(rule(COLOURS[1], 6, opacity=0.3), doubts)
    yield plane.layer(
        point("circle", INK, 60, filled=False, strokeWidth=1.4),
        [{"x": row["x"], "y": row["y"]} for row in rows],
    )
    yield plane.layer(
        point("circle", COLOURS[1], 60), [{"x": row["b"], "y": row["y"]} for row in rows]
    )


def _plane(top: float, names: list[str]) -> Plane:
    """Chances across, from nothing to `top` with room for a ring at both ends; a row a change."""
    ticks = _ticks(top)
    axis = labelled(ticks, [percent(tick, 0) for tick in ticks], None) | {"grid": False}
    return Plane(
        quantitative("x", [-_ROOM * top, (1 + _ROOM) * top], axis), named_rows(names, most=180)
    )


def _doubts(purchases: Sequence[Purchase], top: float) -> Iterator[dict[str, float]]:
    """Two Monte-Carlo errors to either side of each chance with a change."""
    for row, each in enumerate(purchases):
        after = ends_of(each)[1]
        room = 2 * (after.error or 0.0)
        if room > 0:
            low, high = max(after.value - room, 0.0), min(after.value + room, top)
            yield {"x": round(low, 5), "b": round(high, 5), "y": row}


def _ticks(top: float) -> list[float]:
    step = next((step for step in _STEPS if top / step <= _MOST), _STEPS[-1])
    return [round(count * step, 4) for count in range(int(top / step) + 1)]


def change_words(purchase: Purchase) -> str:
    """A change with what it costs: `twice the donors (24 more donors, 144 more wells)`."""
    return f"{_name(purchase)} ({cost_words(purchase)})"


def costs_words(purchases: Sequence[Purchase]) -> str:
    """What each change costs, a sentence each."""
    first = {each.change: each for each in reversed(purchases)}
    ordered = (first[change] for change in dict.fromkeys(each.change for each in purchases))
    return " ".join(f"{capital(_name(each))}: {cost_words(each)}." for each in ordered)


def _name(purchase: Purchase) -> str:
    return BOUGHT.get(purchase.change, purchase.change)


def cost_words(purchase: Purchase) -> str:
    """What a change costs."""
    costs = list(_costs(purchase))
    return ", ".join(costs) if costs else "no more donors or wells"


def _costs(purchase: Purchase) -> Iterator[str]:
    if purchase.donors:
        yield counted(purchase.donors, "more donor", "more donors")
    if purchase.samples:
        more = counted(purchase.samples, "more well", "more wells")
        before, after = purchase.samples_before, purchase.samples_before + purchase.samples
        yield f"{more} ({after} in place of {before}, of all assays)" if before else more


def gain_words(purchase: Purchase) -> str:
    """The chance before and after: `from 12.7 ± 0.1 % to 21.5 ± 0.1 %`."""
    before, after = ends_of(purchase)
    return f"from {chance(before)} to {chance(after)}"
