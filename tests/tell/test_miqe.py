from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from keyed_figures import Key, keyed, records

from exvivo.quantify.qpcr import quantify_qpcr
from exvivo.simulate import model_study, wells
from exvivo.study import Plate, Qpcr, Study
from exvivo.tables import ASSAYS
from exvivo.tell import Provenance, Tables, report
from exvivo.tell.miqe import reporting_items
from exvivo.tell.reporting import FINE, KNOWN, LOOK, MISSING, Item, ReportingItems

FILES = ("raw/Q1.rdml", "raw/Q2.rdml")
STATES = {
    "instrument": "QuantStudio 5",
    "software": "Design 1.5",
    "run date": "2026-01-05",
    "format": "RDML 1.3",
}


def provenance(*headers: tuple[str, dict[str, str]]) -> Provenance:
    inputs = tuple((file, "ab" * 32, 10) for file in FILES)
    return Provenance(version="0", study_hash="cd" * 32, inputs=inputs, headers=headers)


@pytest.fixture(scope="module")
def study() -> Study:
    made = model_study(rng=np.random.default_rng(3)).study
    plates = tuple(
        Plate(id=f"Q{at + 1}", assay="mrna", layout=f"plates/Q{at + 1}.csv", file=file)
        for at, file in enumerate(FILES)
    )
    return replace(made, plates=plates, assays=(made.assay("mrna"),))


@pytest.fixture(scope="module")
def tables(study: Study) -> dict[str, pl.DataFrame]:
    measured = wells(model_study(rng=np.random.default_rng(3))).filter(assay="mrna")
    assay = study.assay("mrna")
    assert isinstance(assay, Qpcr)
    quantities, assays = quantify_qpcr(measured, study=study, assay=assay)
    return {"wells": measured, "assays": assays, "quantities": quantities}


def made(study: Study, tables: Mapping[str, pl.DataFrame], **changes: object) -> Study:
    assay = study.assay("mrna")
    assert isinstance(assay, Qpcr)
    return replace(study, assays=(replace(assay, **changes),))  # type: ignore[arg-type]


def rows(
    study: Study, tables: Mapping[str, pl.DataFrame], given: Provenance | None = None
) -> dict[str, Item]:
    (found,) = reporting_items(study, Tables.of(tables), given or provenance())
    return {item.name: item for _, items in found.parts for item in items}


def figures(
    tables: Mapping[str, pl.DataFrame], analyte: str, changed: Mapping[Key, float | None]
) -> dict[str, pl.DataFrame]:
    """The same tables with some quality figures of a target changed; None takes a figure away."""
    told = []
    for row in tables["assays"].to_dicts():
        if row["analyte"] == analyte or (row["kind"] == "reference" and analyte == "reference"):
            numbers = {**keyed(row["figures"]), **changed}
            row["figures"] = records(
                {k: value for k, value in numbers.items() if value is not None}
            )
        told.append(row)
    return {**tables, "assays": ASSAYS.frame(told)}


def test_a_file_that_states_its_facts_makes_them_known(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    items = rows(study, tables, provenance(*((file, STATES) for file in FILES)))
    for name, said in (
        ("instrument", "QuantStudio 5"),
        ("instrument software", "Design 1.5"),
        ("run date", "2026-01-05"),
    ):
        assert (items[name].status, items[name].what) == (KNOWN, said)
        assert items[name].source == "raw/Q1.rdml, raw/Q2.rdml"
    assert "RDML 1.3" in items["raw data"].what


def test_a_file_that_does_not_state_them_leaves_them_missing(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    items = rows(study, tables, provenance(*((file, {"format": "RDML"}) for file in FILES)))
    for name in ("instrument", "instrument software", "run date", "chemistry", "thermal profile"):
        assert items[name] == Item(name, MISSING, "", "")


def test_a_fact_stated_for_some_plates_only_needs_a_look(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    item = rows(study, tables, provenance((FILES[0], STATES), (FILES[1], {})))["instrument"]
    assert item.status == LOOK
    assert "not stated for plate Q2" in item.what
    curves = tuple(replace(plate, curves="raw/curves.csv") for plate in study.plates)
    second = provenance(("raw/curves.csv", STATES), *((file, {"format": "CFX"}) for file in FILES))
    assert rows(replace(study, plates=curves), tables, second)["instrument"].status == KNOWN


def test_what_only_people_know_is_missing_until_they_say_it(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    bare = rows(study, tables)
    for name in (
        "RNA extraction",
        "RNA integrity",
        "primers and probes",
        "reverse transcription",
        "amplicon",
    ):
        assert bare[name].status == MISSING
    told = made(
        study,
        tables,
        miqe={"rna_extraction": "columns", "RNA integrity": "RIN 8 to 9", "operator": "two people"},
    )
    items = rows(told, tables)
    assert items["RNA extraction"] == Item("RNA extraction", KNOWN, "columns", "study.yaml")
    assert items["RNA integrity"].what == "RIN 8 to 9"
    assert items["operator"] == Item("operator", KNOWN, "two people", "study.yaml")
    (found,) = reporting_items(told, Tables.of(tables), provenance())
    assert found.parts[-1][0] == "also stated"


def test_a_statement_does_not_overrule_a_check(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    told = made(study, tables, miqe={"controls without template": "all were clean"})
    dirty = figures(tables, "TNF", {"ntc_amplified": 1.0, "ntc_lowest_cq": 30.0})
    item = rows(told, dirty)["controls without template"]
    assert item.status == LOOK
    assert item.what.startswith("all were clean (stated); ")
    assert "TNF 1 of 2, from Cq 30.0" in item.what


STILL: dict[Key, float | None] = {
    (f"shift{part}", gene, *pair): value
    for pair in (("ATP",), ("FM", "HC"))
    for gene in ("RPLP0", "UBC")
    for part, value in (
        ("", 0.1),
        ("_lower", -0.1),
        ("_upper", 0.3),
        ("_within", 1.0),
        ("_moves", 0.0),
    )
}
CHECKS: tuple[tuple[str, str, dict[Key, float | None], str], ...] = (
    ("efficiency", "TNF", {}, FINE),
    ("efficiency", "TNF", {"efficiency": 1.6}, LOOK),
    ("efficiency", "TNF", {"defaulted": 1.0}, LOOK),
    ("linearity", "TNF", {}, FINE),
    ("linearity", "TNF", {"r2": 0.9}, LOOK),
    ("linearity", "TNF", {"r2": None}, LOOK),
    ("controls without template", "TNF", {}, FINE),
    ("controls without template", "TNF", {"ntc_amplified": 2.0, "ntc_lowest_cq": 60.0}, FINE),
    ("controls without template", "TNF", {"ntc_wells": 0.0}, LOOK),
    ("controls without reverse transcriptase", "TNF", {}, MISSING),
    ("controls without reverse transcriptase", "TNF", {"no_rt_wells": 3.0}, LOOK),
    ("efficiency", "TNF", {"curves": 90.0}, LOOK),
    ("stability of reference genes", "reference", STILL, FINE),
    (
        "stability of reference genes",
        "reference",
        STILL | {("shift_moves", "UBC", "ATP"): 1.0},
        LOOK,
    ),
    (
        "stability of reference genes",
        "reference",
        STILL | {("shift_within", "UBC", "ATP"): 0.0},
        LOOK,
    ),
)


@pytest.mark.parametrize(("name", "analyte", "changed", "status"), CHECKS)
def test_what_can_be_checked_is_checked(
    name: str,
    analyte: str,
    changed: dict[Key, float | None],
    status: str,
    study: Study,
    tables: Mapping[str, pl.DataFrame],
) -> None:
    assert rows(study, figures(tables, analyte, changed))[name].status == status


def test_melting_and_dilutions_fill_their_items_where_files_hold_them(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    assert rows(study, tables)["specificity of the product"].status == "missing"
    melted: dict[Key, float | None] = {
        "melt_wells": 40.0,
        "melt_temperature": 84.2,
        "melt_several": 0.0,
        "melt_other": 0.0,
    }
    clean = figures(tables, "TNF", melted)
    found = rows(study, clean)["specificity of the product"]
    assert found.status == "checked: fine" and "TNF melts at 84.2 °C in 40 wells" in found.what
    dirty = figures(tables, "TNF", melted | {"melt_several": 3.0})
    assert rows(study, dirty)["specificity of the product"].status == "checked: look"
    diluted = figures(tables, "TNF", {"dilution_samples": 6.0, "dilution_shift": 0.0})
    assert "1.00 times as much" in rows(study, diluted)["test for inhibition"].what


def test_samples_beyond_the_standards_are_named(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    item = rows(study, tables)["dynamic range"]
    assert item.status == LOOK
    assert "IL-10" in item.what
    assert "TNF" not in item.what


def test_one_reference_gene_needs_a_look(study: Study, tables: Mapping[str, pl.DataFrame]) -> None:
    assert rows(study, tables)["reference genes"].status == FINE
    assert rows(made(study, tables, references=("UBC",)), tables)["reference genes"].status == LOOK


def test_plates_need_something_in_common(study: Study, tables: Mapping[str, pl.DataFrame]) -> None:
    assert rows(study, tables)["comparison between plates"].status == FINE
    apart = {**tables, "wells": tables["wells"].filter(pl.col("role") != "standard")}
    assert rows(study, apart)["comparison between plates"].status == LOOK


def test_the_cq_of_an_instrument_is_as_its_files_say(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    vendor = made(study, tables, cq="vendor")
    assert rows(vendor, tables)["Cq method"].status == MISSING
    headers = provenance(*((file, {"Cq method": "Ct"}) for file in FILES))
    assert rows(vendor, tables, headers)["Cq method"].what == "of the instrument: Ct"
    assert "second-derivative" in rows(study, tables)["Cq method"].what


def test_nothing_claims_that_the_guidelines_are_met(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    stated = provenance(*((file, STATES) for file in FILES))
    (found,) = reporting_items(study, Tables.of(tables), stated)
    assert isinstance(found, ReportingItems)
    assert "does not say that the guidelines are met" in found.intro
    said = " ".join(
        [
            found.title,
            found.intro,
            *(f"{i.name} {i.what} {i.source}" for _, items in found.parts for i in items),
        ]
    )
    for word in ("complian", "complies", "conform", "fulfil", "accord", "adher"):
        assert word not in said.lower()
    statuses = {item.status for _, items in found.parts for item in items}
    assert statuses == {KNOWN, FINE, LOOK, MISSING}
    names = [item.name for _, items in found.parts for item in items]
    assert len(names) == len(set(names)) > 40
    count = sum(item.status == MISSING for _, items in found.parts for item in items)
    assert f"{count} missing" in found.intro


def test_the_report_holds_the_list_only_where_there_is_qpcr(
    study: Study, tables: Mapping[str, pl.DataFrame], tmp_path: object
) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    title = "Reporting items for qPCR (after MIQE)"
    quiet = replace(study, questions=())
    page = report(
        quiet, tables=Tables.of(tables), provenance=provenance(), folder=tmp_path / "a"
    ).read_text("utf-8")
    assert title in page
    assert page.index(title) < page.index('id="methods"')
    assert page.count('class="missing">missing') == page.count(">missing</td>") > 10
    without = report(
        quiet, tables=Tables.of({}), provenance=provenance(), folder=tmp_path / "b"
    ).read_text("utf-8")
    assert "MIQE" not in without
    assert reporting_items(replace(study, assays=()), Tables.of({}), provenance()) == []


def test_the_baseline_is_told_by_how_the_cq_were_called(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    name = "baseline and threshold"
    assert "none is taken off" in rows(study, tables)[name].what
    by_threshold = figures(tables, "TNF", {"by_threshold": 1.0})
    assert "the level of each curve" in rows(study, by_threshold)[name].what
