"""Small tables for the tests of this room."""

from __future__ import annotations

from typing import Any

import polars as pl

from exvivo.study import (
    Analyte,
    Association,
    CellType,
    Difference,
    Group,
    Plan,
    Plate,
    Question,
    Results,
    Scale,
    Stimulus,
    Study,
)
from exvivo.tables import CLINIC, QUANTITIES, RESPONSES
from exvivo.tell import worded

MORE = Difference(
    id="more",
    ask="difference",
    groups=("FM", "HC"),
    assays=("p",),
    analytes=("TNF",),
    stimulus="ATP",
)
LEVELS = Difference(
    id="levels", ask="difference", groups=("FM", "HC"), assays=("p",), analytes=("TNF",)
)
RELATED = Association(
    id="related",
    ask="association",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    scales=("VAS",),
    stimulus="ATP",
)


def study(*questions: Question, **changes: Any) -> Study:
    given: dict[str, Any] = {
        "exvivo": 1,
        "title": "small",
        "groups": (Group(id="FM", name="patients"), Group(id="HC", name="controls")),
        "cell_types": (CellType(id="iMG", name="cells"),),
        "stimuli": (
            Stimulus(id="none", name="nothing", control=True),
            Stimulus(id="ATP", name="ATP"),
        ),
        "analytes": (Analyte(id="TNF"), Analyte(id="IL6")),
        "assays": (Results(id="p", kind="results"),),
        "plates": (Plate(id="P1", assay="p", layout="plates/P1.csv", file="raw/P1.csv"),),
        "scales": (
            Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse"),
            Scale(id="QOL", name="quality of life", lowest=0, highest=100, higher_is="better"),
        ),
        "questions": questions,
        "plan": Plan(permutations=999),
    }
    return Study(**(given | changes))


def in_words(findings: pl.DataFrame, of: Study) -> pl.DataFrame:
    """FINDINGS with words in the place of codes, and sentences."""
    words = {
        "estimand": "estimand_words",
        "method": "method_words",
        "reason": "reason_words",
        "warnings": "warning_words",
    }
    told = worded(findings, of)
    return told.drop(words).rename({new: old for old, new in words.items()})


def group_of(donor: str | None) -> str | None:
    return None if donor is None else "FM" if donor.startswith("FM") else "HC"


def quantity(
    donor: str | None, stimulus: str | None, value: float | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "assay": "p",
        "on": "amount",
        "readout": "protein",
        "analyte": "TNF",
        "plate": "P1",
        "well": "A1",
        "donor": donor,
        "group": group_of(donor),
        "cell_type": "iMG",
        "stimulus": stimulus,
        "value": value,
        "sd": 0.1 if value is not None else None,
        "censor": "none",
        "unit": "pg/mL",
        "shared": [],
        "method": "m",
        "source": "s",
        "sha256": "0",
    } | more


def quantities(*rows: dict[str, Any]) -> pl.DataFrame:
    return QUANTITIES.frame([row | {"well": f"A{i}"} for i, row in enumerate(rows, 1)])


def response(donor: str, value: float | None, **more: Any) -> dict[str, Any]:
    return {
        "estimand": "response",
        "assay": "p",
        "on": "amount",
        "readout": "protein",
        "analyte": "TNF",
        "cell_type": "iMG",
        "stimulus": "ATP",
        "visit": "1",
        "donor": donor,
        "group": "FM" if donor.startswith("FM") else "HC",
        "value": value,
        "sd": 0.1,
        "censor": "none",
        "shared": [],
        "wells": 4,
        "undetected_wells": 0,
        "plates": ["P1"],
    } | more


def undetected(donor: str, below: float, **more: Any) -> dict[str, Any]:
    return response(donor, None, censor="left", upper=below, undetected_wells=2, sd=None, **more)


def responses(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return RESPONSES.frame(rows)


def group(letters: str, values: Any, **more: Any) -> list[dict[str, Any]]:
    return [response(f"{letters}{i:02}", float(value), **more) for i, value in enumerate(values)]


def clinic(scores: dict[str, float | None], scale: str = "VAS", visit: str = "1") -> pl.DataFrame:
    higher = {"VAS": "worse", "QOL": "better"}[scale]
    return CLINIC.frame(
        [
            {
                "source": "clinic.csv",
                "sha256": "0",
                "donor": donor,
                "visit": visit,
                "group": "FM" if donor.startswith("FM") else "HC",
                "scale": scale,
                "score": score,
                "state": "missing" if score is None else "given",
                "higher_is": higher,
            }
            for donor, score in scores.items()
        ]
    )
