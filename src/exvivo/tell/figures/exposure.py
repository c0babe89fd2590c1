"""The figure of an exposure nobody assigned: donors with it, donors without, and those of whom it
is not known at the edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Study, Treatment
from exvivo.tell import words
from exvivo.tell.figures import marks
from exvivo.tell.figures.chart import (
    FAINT,
    INK,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    group_style,
    layer,
    log2_axis,
    quantitative,
)
from exvivo.tell.figures.donors import SHOWN, first_visit, reach, unplaced, wells_of
from exvivo.tell.figures.estimation import difference_domain
from exvivo.tell.figures.groups import centre
from exvivo.tell.figures.rows import responses_of
from exvivo.tell.names import analyte_of, target_of

Rows = list[dict[str, Any]]
WITH, WITHOUT, UNKNOWN = "exposed", "not exposed", "not known"


@dataclass(frozen=True, slots=True)
class _Shown:
    """One answer and its donors; each row says its `exposure` and whether the donor
    `takes_part`.
    """

    finding: Finding
    rows: Rows

    def of(self, exposure: str) -> Rows:
        """The donors of one side, those without part included."""
        return [row for row in self.rows if row["exposure"] == exposure]


def figure(
    question: Treatment,
    findings: Sequence[Finding],
    *,
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """A panel for each analyte, a row of panels for each readout; nothing without donors."""
    told = _told(question, study)
    shown = []
    for finding in findings:
        table = first_visit(responses_of(finding, responses, question=question))
        mine = table.filter(pl.col("group") == question.within).rows(named=True)
        given = [
            row | told.get(row["donor"], {"exposure": UNKNOWN, "takes_part": False}) for row in mine
        ]
        shown += [_Shown(finding, given)] if given else []
    if not shown:
        return None
    below = difference_domain(findings)
    rows: dict[str, list[Panel]] = {}
    for one in shown:
        readout = one.finding.readout
        shared = [row for s in shown if s.finding.readout == readout for row in s.rows]
        domain = extent(reach(shared if question.stimulus else one.rows))
        rows.setdefault(str(readout), []).append(_panel(question, one, domain, below, study))
    every = [row for one in shown for row in one.rows]
    schema = {name: responses.schema[name] for name in SHOWN} | {
        "wells_drawn": pl.List(pl.Float64()),
        "exposure": pl.String(),
        "takes_part": pl.Boolean(),
    }
    data = pl.DataFrame(
        [{name: row[name] if name in row else wells_of(row) for name in schema} for row in every],
        schema=schema,
    )
    return Figure(
        name,
        _caption(question, findings, every, study),
        tuple((row, tuple(cells)) for row, cells in rows.items()),
        data,
        _key(question, every, study),
    )


def _told(question: Treatment, study: Study) -> dict[str, dict[str, Any]]:
    """What donors.csv says of each donor's exposure, and whether it says all that the answer
    needs.
    """
    columns = ["donor", question.exposure, *question.adjust]
    told = {}
    for donor, said, *others in study.donors.select(
        pl.col(columns).cast(pl.String).fill_null("")
    ).iter_rows():
        exposure = UNKNOWN if said == "" else WITH if said == question.exposed else WITHOUT
        told[donor] = {"exposure": exposure, "takes_part": said != "" and all(others)}
    return told


def _panel(
    question: Treatment, one: _Shown, domain: list[float], below: list[float], study: Study
) -> Panel:
    cells = [
        _dots(question, one, domain, study),
        marks.side(
            one.finding, [], group_style(study, question.within), below, title="difference (fold)"
        ),
    ]
    return Panel(
        analyte_of(one.finding, study),
        _alt(question, one, study),
        {"hconcat": cells, "spacing": 10},
        subtitle=str(one.finding.readout),
    )


def _dots(question: Treatment, one: _Shown, domain: list[float], study: Study) -> Spec:
    title = "fold response" if question.stimulus else marks.level_unit(question.assays, study)
    y = quantitative("y", domain, log2_axis(domain, title))
    sides = [WITH, WITHOUT, *([UNKNOWN] if one.of(UNKNOWN) else [])]
    names = [
        f"{marks.wrapped(_side(question, side), width=11)}|n = {len(one.of(side))}"
        for side in sides
    ]
    x, width = marks.columns(names)
    style = group_style(study, question.within)
    layers = (
        [layer(marks.EVEN, [{"y": 0}], y=y)]
        if question.stimulus and domain[0] <= 0 <= domain[1]
        else []
    )
    for at, side in enumerate(sides):
        mine = [row for row in one.of(side) if row["takes_part"]]
        layers += marks.column(at - 0.08, mine, style, domain, x, y)
        layers += marks.column(
            at + 0.2 * bool(mine),
            [r for r in one.of(side) if not r["takes_part"]],
            style,
            domain,
            x,
            y,
            hollow=True,
        )
        if mine:
            layers += marks.centre_layers(at + 0.36, centre(mine, level=one.finding.level), x, y)
    layers += marks.open_layers(one.rows, (len(sides) - 1) / 2, domain, x, y)
    return {"width": width, "height": marks.HEIGHT, "layer": layers}


def _side(question: Treatment, side: str) -> str:
    """A side in words of donors.csv: `pregabalin yes`, `other`, `not known`."""
    return {WITH: f"{question.exposure} {question.exposed}", WITHOUT: "other", UNKNOWN: UNKNOWN}[
        side
    ]


def _alt(question: Treatment, one: _Shown, study: Study) -> str:
    counts = words.listed(
        f"{len(one.of(side))} {side}" for side in (WITH, WITHOUT, UNKNOWN) if one.of(side)
    )
    return (
        f"{target_of(one.finding, study)} in {study.name_of(question.within)} by {question.exposure}: {counts}. "
        f"{marks.said(one.finding, 'Difference')}"
    )


def _key(question: Treatment, rows: Rows, study: Study) -> tuple[Key, ...]:
    colour, shape = group_style(study, question.within)
    keys = [Key(shape, colour, study.name_of(question.within)), *marks.bound_keys(rows)]
    if any(wells_of(row) for row in rows):
        keys.append(Key("circle", FAINT, "a single well"))
    if not all(row["takes_part"] for row in rows):
        keys.append(Key(shape, colour, "takes no part: donors.csv does not say", hollow=True))
    return (*keys, Key("circle", INK, "mean, or difference, with interval"))


def _caption(question: Treatment, findings: Sequence[Finding], rows: Rows, study: Study) -> str:
    what = (
        f"the response to {study.name_of(question.stimulus)}" if question.stimulus else "the level"
    )
    level = words.percent(findings[0].level)
    parts = [
        f"At the left of each panel, {what} of every donor by {question.exposure} (exposed: {question.exposed}), on a log scale, "
        f"with the mean of each side and its {level} interval.",
        f"At the right, donors with it over donors without, in folds (1: equal), with its {level} interval"
        + (
            f", adjusted for {words.listed(question.adjust)}; the donors at the left are as measured."
            if question.adjust
            else "."
        ),
        "Nobody assigned the exposure.",
    ]
    if any(wells_of(row) for row in rows):
        less = ", each over the mean of the donor's control wells" if question.stimulus else ""
        parts.insert(1, f"Small dots are a donor's single wells{less}.")
    if any(row["censor"] != "none" for row in rows):
        parts.append(
            "Where donors are undetected, a bar shows the median if it is known, and nothing if it is not."
        )
    if unplaced(rows):
        parts.append(marks.UNPLACED)
    return " ".join([*parts, marks.FILLED])
