"""What a file that lost its end leaves: a cell that may be cut, wells without some of their
channels, and curves that end too early.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from named_study import held, laid, samples

from exvivo.flagged import Flag, Scope, coded
from exvivo.reconcile import Held
from exvivo.reconcile.channels_lacking import lacking, wells_that_lack_a_channel
from exvivo.reconcile.cycles import curves_that_end_early
from exvivo.reconcile.open_ends import last_cells_that_may_be_cut
from exvivo.study import Immunoassay, Qpcr
from exvivo.tables import WELLS

PANEL = Immunoassay(id="panel", kind="immunoassay", channels={"a": "TNF", "b": "IL6"})
LAYOUT = laid([*samples(("RA01", "HD01")), {"role": "standard", "nominal": 5.0}])
LAST_SAMPLE, STANDARD = list(LAYOUT)[-2:]


def plate(*lacks: str) -> Held:
    """A plate with TNF in all wells and IL6 in all but some."""
    study = held({"E1": LAYOUT}, {"E1": dict.fromkeys(LAYOUT)}, assays=(PANEL,))
    il6 = study.wells.with_columns(channel=pl.lit("b"), analyte=pl.lit("IL6"))
    more = il6.filter(~pl.col("well").is_in(lacks))
    both = pl.concat([study.wells.with_columns(channel=pl.lit("a")), more])
    return replace(study, wells=WELLS.complete(both))


def test_wells_that_lost_an_analyte_are_named_at_its_answers() -> None:
    assert list(wells_that_lack_a_channel(plate())) == []
    (flag,) = wells_that_lack_a_channel(plate(LAST_SAMPLE))
    assert flag.severity == "look" and flag.row == f"plate E1: {LAST_SAMPLE}"
    assert flag.scope == Scope(
        assays=("panel",), plates=("E1",), analytes=("IL6",), donors=("HD01",)
    )
    (flag,) = wells_that_lack_a_channel(plate(LAST_SAMPLE, STANDARD))
    assert flag.scope is not None and flag.scope.donors == (), "a standard touches every donor"
    (flag,) = wells_that_lack_a_channel(plate(*list(LAYOUT)[1:]))
    assert len(flag.evidence) == len(LAYOUT), "cut early in the second analyte"


@pytest.mark.parametrize(
    ("wells", "lack"),
    [
        ({"A1": "TNF", "A2": "IL6", "A3": "UBC"}, {}),  # one target a well
        ({"A1": "TNF UBC", "A2": "IL6 UBC"}, {}),  # a gene and a reference a well
        ({"A1": "TNF UBC", "A2": "TNF UBC", "A3": "TNF"}, {"A3": "UBC"}),
        ({"A1": "TNF UBC", "A2": "TNF IL6 UBC", "A3": "TNF UBC", "A4": "TNF"}, None),
    ],
)
def test_only_a_part_of_what_others_hold_is_a_lack(
    wells: dict[str, str], lack: dict[str, str] | None
) -> None:
    own = {well: frozenset(names.split()) for well, names in wells.items()}
    found = {well: " ".join(sorted(each)) for well, each in lacking(own).items()}
    if lack is None:  # the most frequent of the fuller sets tells what is lacking
        lack = {"A1": "IL6", "A3": "IL6", "A4": "UBC"}
    assert found == lack


def test_a_last_cell_that_may_be_cut_is_a_look_at_its_well() -> None:
    facts = {"cell without a line end": "123", "wells that rest on it": LAST_SAMPLE}
    names = {"E1": dict.fromkeys(LAYOUT)}
    quiet = held({"E1": LAYOUT}, names, headers={"raw/E1.txt": {"date": "2026-01-01"}})
    assert list(last_cells_that_may_be_cut(quiet)) == []
    study = held({"E1": LAYOUT}, names, headers={"raw/E1.txt": facts})
    (flag,) = last_cells_that_may_be_cut(study)
    assert flag.severity == "look" and "'123'" in flag.what and flag.row.endswith(LAST_SAMPLE)
    assert flag.scope == Scope(assays=("mrna",), plates=("E1",), donors=("HD01",))
    of_standard = facts | {"wells that rest on it": STANDARD}
    (flag,) = last_cells_that_may_be_cut(
        held({"E1": LAYOUT}, names, headers={"raw/E1.txt": of_standard})
    )
    assert flag.scope == Scope(assays=("mrna",), plates=("E1",))


def curves(cycles: int, stated: int | None = None) -> list[Flag]:
    x = [float(cycle) for cycle in range(1, cycles + 1)]
    own = {"kind": "amplification", "value": None, "x": x, "y": x, "unit": "Rn"}
    reading = {("Q1", well): own for well in LAYOUT}
    assay = Qpcr(id="mrna", kind="qpcr", references=("UBC",), cycles=stated)
    study = held({"Q1": LAYOUT}, {"Q1": dict.fromkeys(LAYOUT)}, assays=(assay,), reading=reading)
    return list(coded(curves_that_end_early(study), "curves_that_end_early"))


def test_curves_that_end_before_runs_do_are_a_look_where_no_cycles_are_stated() -> None:
    assert curves(40) == curves(30) == curves(29, stated=29) == []
    (flag,) = curves(29)
    assert flag.scope == Scope(assays=("mrna",), plates=("Q1",)) and "cycle 29" in flag.what
