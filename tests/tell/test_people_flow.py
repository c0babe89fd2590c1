"""How far people came: everybody once, lost at one stage for one reason; as numbers, and drawn."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl
from compare_tables import MORE, quantities, quantity, study

from exvivo.study import Study
from exvivo.tables import ANSWERED, LAYOUT, LEFT_OUT
from exvivo.tell import Tables
from exvivo.tell.figures import people_flow
from exvivo.tell.stages import Stage, Stages
from exvivo.tell.who import Roll

GROUPS = {"FM1": "FM", "FM2": "FM", "FM3": "FM", "FM4": "FM", "HC1": "HC", "HC2": "HC"}
GROUPS |= {"withdrawn-1": "HC"}


def well(donor: str, name: str, exclude: str | None = None) -> dict[str, Any]:
    role = "empty" if exclude else "sample"
    row = {"line": "l", "plate": "P1", "well": name, "role": role, "donor": donor, "nominals": []}
    return row | {"exclude": exclude}


LAID_OUT = [
    well("FM1", "A1"),
    well("FM2", "A2", "contaminated"),
    well("FM2", "A3", "contaminated"),
    well("FM3", "A4"),
    well("FM3", "A5", "spilled"),
    well("HC1", "A6"),
    well("HC2", "A7"),
    well("withdrawn-1", "A8", "withdrew"),
]
ANSWER = {"question": "more", "assay": "p", "analyte": "TNF"}


def stages_of(
    answered: tuple[str, ...] = ("FM1", "HC1"), absent: tuple[tuple[str, str], ...] = ()
) -> tuple[Study, tuple[Stage, ...]]:
    of = study(
        MORE,
        donors=pl.DataFrame({"donor": list(GROUPS), "group": list(GROUPS.values())}),
        layout=LAYOUT.frame(LAID_OUT),
    )
    rows = [
        ANSWER | {"donor": d, "group": GROUPS[d], "wells": 1, "undetected_wells": 0}
        for d in answered
    ]
    out = [ANSWER | {"donor": d, "group": GROUPS[d], "code": c, "facts": "{}"} for d, c in absent]
    measured = [quantity(d, "ATP", 1.0) for d in ("FM1", "HC1", "HC2")]
    tables = Tables.of(
        {
            "quantities": quantities(*measured),
            "answered": frame(ANSWERED, rows),
            "left_out": frame(LEFT_OUT, out),
        }
    )
    return of, Stages(of, tables, Roll.of(tables, of)).all()


def frame(table: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows or [], schema=table.schema)


def lost(stage: Stage) -> dict[str, tuple[int, ...]]:
    return {loss.why: loss.groups for loss in stage.losses}


def test_everybody_is_counted_once_and_lost_for_one_reason() -> None:
    _, stages = stages_of(absent=(("HC2", "no_result"),))
    names = [(stage.name, stage.groups) for stage in stages]
    assert names == [
        ("recruited", (4, 3)),
        ("with a well", (3, 2)),
        ("with a result", (1, 2)),
        ("in an answer", (1, 1)),
    ]
    recruited, placed, measured, _ = stages
    assert lost(recruited) == {"no well in any layout": (1, 0), "withdrew": (0, 1)}
    assert lost(placed) == {
        "all wells left out by people (contaminated)": (1, 0),
        "no well gave a result": (1, 0),
    }
    assert list(lost(measured).values()) == [(0, 1)]


def test_losses_are_what_the_next_stage_lacks() -> None:
    _, stages = stages_of()
    for stage, after in pairwise(stages):
        gone = [sum(groups) for groups in zip(*(loss.groups for loss in stage.losses), strict=True)]
        told = zip(stage.groups, gone or (0, 0), after.groups, strict=True)
        assert all(before - fewer == left for before, fewer, left in told)


def test_a_donor_whom_no_question_asks_about_says_so() -> None:
    _, stages = stages_of()
    assert lost(stages[2]) == {"no question asks about them": (0, 1)}


def test_the_figure_says_the_same_in_words_and_numbers_without_colours() -> None:
    of, stages = stages_of()
    figure = people_flow.figure(stages, study=of)
    assert figure is not None
    (panel,) = figure.panels
    assert "recruited: 7 donors (patients 4 and controls 3)" in panel.alt
    assert "lost: 1: withdrew (controls 1)" in panel.alt
    whole = figure.data.filter(pl.col("lost").is_null()).group_by("stage", maintain_order=True)
    assert whole.agg(pl.col("donors").sum())["donors"].to_list() == [7, 5, 3, 2]
    assert not any(name in panel.alt for name in GROUPS)
    assert people_flow.figure((), study=of) is None
