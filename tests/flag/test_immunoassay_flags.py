"""Flags of assays with standards: each is raised by what it is about, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import polars as pl
import pytest
from keyed_figures import Key, records

from exvivo.flag import Look, flags
from exvivo.study import Analyte, Group, Immunoassay, Plan, Plate, Study
from exvivo.tables import ASSAYS, FINDINGS, LAYOUT, QUANTITIES, RESPONSES, VENDOR, WELLS

ASSAY = Immunoassay(id="p", kind="immunoassay")
STUDY = Study(
    exvivo=1,
    title="t",
    groups=(Group(id="a", name="patients"),),
    analytes=(Analyte(id="TNF"),),
    assays=(ASSAY,),
    plates=(Plate(id="P1", assay="p", layout="plates/P1.csv", file="raw/P1.csv"),),
    plan=Plan(declared="2026-01-01"),
    donors=pl.DataFrame({"donor": ["D1"], "group": ["a"]}),
    layout=LAYOUT.frame(
        [
            {
                "line": "l",
                "plate": "P1",
                "well": "A1",
                "role": "sample",
                "donor": "D1",
                "nominals": [],
            }
        ]
    ),
)
WELL: dict[str, Any] = {
    "source": "raw/P1.csv",
    "sha256": "0",
    "block": "Median",
    "plate": "P1",
    "well": "A1",
    "channel": "TNF",
    "kind": "mfi",
    "value": 200.0,
    "censor": "none",
    "unit": "MFI",
    "assay": "p",
    "readout": "protein",
    "analyte": "TNF",
    "role": "sample",
    "donor": "D1",
    "dilution": 2.0,
    "vendor_dilution": 2.0,
}
QUANTITY: dict[str, Any] = {
    "assay": "p",
    "on": "amount",
    "readout": "protein",
    "analyte": "TNF",
    "plate": "P1",
    "well": "A1",
    "donor": "D1",
    "value": 5.0,
    "sd": 0.1,
    "censor": "none",
    "unit": "pg/mL",
    "shared": [],
    "method": "m",
    "source": "s",
    "sha256": "0",
}
RESPONSE: dict[str, Any] = {
    "estimand": "level",
    "assay": "p",
    "on": "amount",
    "readout": "protein",
    "analyte": "TNF",
    "visit": "1",
    "donor": "D1",
    "group": "a",
    "value": 5.0,
    "censor": "none",
    "shared": [],
    "wells": 1,
    "undetected_wells": 0,
    "plates": ["P1"],
}
QUIET = Look(
    study=STUDY,
    wells=WELLS.frame([WELL]),
    quantities=QUANTITIES.frame([QUANTITY]),
    assays=ASSAYS.frame(),
    responses=RESPONSES.frame([RESPONSE]),
    vendor=VENDOR.frame(),
    findings=FINDINGS.frame(),
)


def said(look: Look) -> list[str]:
    return [what for what in flags(look)["what"].to_list() if "question" not in what]


def row(
    kind: str, others: Mapping[Key, float] = MappingProxyType({}), **figures: float
) -> pl.DataFrame:
    named = records(others, **figures)
    return ASSAYS.frame(
        [
            {
                "assay": "p",
                "readout": "protein",
                "analyte": "TNF",
                "plate": "P1",
                "kind": kind,
                "method": "m",
                "unit": "pg/mL",
                "parameters": [],
                "covariance": [],
                "figures": named,
                "points": [],
            }
        ]
    )


OFF: dict[Key, float] = {
    ("control_log2", "QC", None, None, "P1"): 6.0,
    ("control_expected", "QC"): 5.0,
}


def test_nothing_is_said_of_a_plate_that_is_well() -> None:
    assert said(QUIET) == []


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (
            replace(
                QUIET, assays=row("curve", levels=8, levels_within_25_percent=8, levels_in_range=0)
            ),
            "no amount can be read off this curve within twofold",
        ),
        (
            replace(
                QUIET,
                assays=row(
                    "curve",
                    levels=8,
                    levels_within_25_percent=8,
                    levels_in_range=6,
                    lower_from_curve=0.8,
                    upper_from_curve=0.2,
                ).with_columns(lower=pl.lit(3.9), upper=pl.lit(2210.0)),
            ),
            "leaves out 2 of 8 standards: below 3.9 the curve is not known well, above 2210 "
            "wells vary too much",
        ),
        (
            replace(
                QUIET,
                assays=row(
                    "curve",
                    levels=8,
                    levels_within_25_percent=8,
                    levels_in_range=3,
                    m10_pass=0,
                    m10_levels_passing=4,
                ),
            ),
            "4 of 8 standards read back: short of what ICH M10 asks",
        ),
        (replace(QUIET, assays=row("curve", lack_of_fit_p=1e-6)), "standards leave the curve"),
        (
            replace(QUIET, assays=row("curve", {("outlier", "A1"): -4.2})),
            "1 standard lies far off the curve: A1 (−4.2 SD)",
        ),
        (
            replace(QUIET, assays=row("control", OFF)),
            "controls that read more than 20 % off",
        ),
        (
            replace(QUIET, assays=row("control", {("control_above", "QC", None, None, "P1"): 9.0})),
            "controls that read more than 20 % off",
        ),
        (
            replace(
                QUIET,
                assays=row(
                    "control", dilution_slope=0.4, dilution_slope_se=0.05, dilution_samples=6
                ),
            ),
            "the concentration of 6 samples moves 1.32-fold",
        ),
        (
            replace(QUIET, assays=row("control", spike_recovery=0.6, spikes=3)),
            "60 % of an added amount is found again",
        ),
        (
            replace(
                QUIET,
                quantities=QUANTITIES.frame(
                    [QUANTITY | {"value": None, "sd": None, "censor": "right", "lower": 9.0}]
                ),
            ),
            "1 of 1 sample wells, of 1 donor, read above",
        ),
        (
            replace(
                QUIET,
                wells=WELLS.frame(
                    [WELL, WELL | {"kind": "concentration", "unit": "ng/mL", "value": 32.0}]
                ),
            ),
            "the instrument's software gives ng/mL, study.yaml says pg/mL",
        ),
        (
            replace(
                QUIET,
                vendor=VENDOR.frame(
                    [
                        {
                            "source": "raw/P1.csv",
                            "sha256": "0",
                            "plate": "P1",
                            "block": "Warnings/Errors",
                            "row": "A1",
                            "channel": "",
                            "text": "Warning: few beads",
                        }
                    ]
                ),
            ),
            "the instrument's software warned: A1: Warning: few beads",
        ),
    ],
)
def test_each_flag_is_raised_by_what_it_is_about(look: Look, words: str) -> None:
    found = said(look)
    assert len(found) == 1, found
    assert words in found[0]
