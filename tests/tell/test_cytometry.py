"""The list of reporting items of a bead array."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest
from immunoassay_tables import bead_plates, luminex, population

from exvivo.read.cytometer.facts import channel_facts, file_facts
from exvivo.study import Beads, Study
from exvivo.tables import ASSAYS, QUANTITIES, WELLS
from exvivo.tell import Provenance, Tables, report
from exvivo.tell.cytometry import flow_items
from exvivo.tell.reporting import FINE, KNOWN, LOOK, MISSING, Item

Header = dict[str, str]
STATES = {
    "instrument": "FACSVerse",
    "date": "2026-01-05",
    "format": "FCS 3.0",
    "voltage PE-A": "450",
    "voltage APC-A": "400",
    "events lost": "0",
    "gain FSC-A": "1.0",
}


def told(*headers: Header) -> Provenance:
    """One header a tube, in the order of the tubes."""
    files = tuple((f"raw/A{at + 1}.fcs", dict(header)) for at, header in enumerate(headers))
    return Provenance(version="0.1", study_hash="cd" * 32, headers=files)


@pytest.fixture(scope="module")
def study() -> Study:
    return replace(bead_plates(["one"], [(3.0, 4.0)], plates=["P1"])[0], questions=())


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    plain = {
        "plate": "P1",
        "assay": "beads",
        "kind": "bead_events",
        "sha256": "0",
        "block": "1",
        "channel": "PE-A",
        "censor": "none",
        "unit": "intensity",
        "readout": "protein",
        "dilution": 1.0,
        "y": [1.0] * 100,
    }
    tubes = [("A1", "standard"), ("A2", "sample"), ("A3", "sample")]
    wells = WELLS.frame(
        [plain | {"well": well, "role": role, "source": f"raw/{well}.fcs"} for well, role in tubes]
    )
    assays = ASSAYS.frame(
        [population("A0", "P1", {"APC-A": 3.0}, beads_least=61, assigned_of_plate=0.83)]
    )
    return {"wells": wells, "assays": assays, "quantities": QUANTITIES.frame()}


def items(study: Study, tables: Mapping[str, pl.DataFrame], *headers: Header) -> dict[str, Item]:
    (found,) = flow_items(study, Tables.of(tables), told(*headers))
    return {item.name: item for _, rows in found.parts for item in rows}


def test_what_every_tube_states_is_known(study: Study, tables: Mapping[str, pl.DataFrame]) -> None:
    said = items(study, tables, STATES, STATES, STATES)
    assert (said["cytometer"].status, said["cytometer"].what) == (KNOWN, "FACSVerse")
    assert (said["voltages"].status, said["voltages"].what) == (KNOWN, "PE-A 450, APC-A 400")
    assert said["gains"].what == "FSC-A 1.0"
    assert said["voltages"].source == "raw/A1.fcs, raw/A2.fcs, raw/A3.fcs"
    assert said["date of measurement"].what == "2026-01-05"
    assert "3 files (FCS 3.0)" in said["list-mode files"].what
    for name in (
        "filters",
        "detectors",
        "contact",
        "ethics and consent",
        "reagents with maker and lot",
    ):
        assert (said[name].status, said[name].what) == (MISSING, "")


def test_the_names_are_those_of_the_reader(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    """Every fact of a channel that the FCS reader states reaches its item, and no other."""
    text = {
        "p1f": "585/42",
        "p1t": "PMT",
        "p1v": "450",
        "p1g": "2.0",
        "p1r": "262144",
        "p1l": "488",
        "p1o": "20",
        "p1e": "0,0",
    }
    said = items(study, tables, *[channel_facts(text, {"PE-A": 0})] * 3)
    expected = {
        "filters": "585/42",
        "detectors": "PMT",
        "voltages": "450",
        "gains": "2.0",
        "range": "262144",
        "light sources": "488",
        "laser power": "20",
        "amplification": "linear",
    }
    assert {name: said[name].what for name in expected} == {
        name: f"PE-A {what}" for name, what in expected.items()
    }
    whole = items(
        study,
        tables,
        *[
            file_facts(
                {"cyt": "FACSVerse", "cytsn": "7", "creator": "Suite", "spill": "2,A,B,1,0,0,1"}
            )
        ]
        * 3,
    )
    assert [
        whole[name].what for name in ("cytometer", "serial number", "acquisition software")
    ] == [
        "FACSVerse",
        "7",
        "Suite",
    ]
    assert "none was applied; the files hold a matrix" in whole["compensation"].what


def test_a_voltage_that_differs_between_tubes_is_to_be_looked_at(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    said = items(study, tables, STATES, STATES, STATES | {"voltage PE-A": "470"})
    assert said["voltages"].status == LOOK
    assert (
        said["voltages"].what == "PE-A 450, APC-A 400; PE-A 470, APC-A 400 (differs between tubes)"
    )
    dates = items(study, tables, STATES, STATES, STATES | {"date": "2026-01-06"})[
        "date of measurement"
    ]
    assert (dates.status, dates.what) == (KNOWN, "2026-01-05; 2026-01-06")


def test_tubes_that_are_silent_are_counted(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    said = items(study, tables, STATES, {}, STATES)["cytometer"]
    assert (said.status, said.what) == (LOOK, "FACSVerse (not stated in 1 of 3 files)")


def test_lost_events_are_held_against_those_recorded(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    for lost, status in (("3", FINE), ("4", LOOK)):  # of 303 and of 304 events
        said = items(study, tables, STATES, STATES, STATES | {"events lost": lost})["events"]
        assert (said.status, said.what) == (status, f"100 events a tube; {lost} lost")
    assert "do not say whether any were lost" in items(study, tables, {}, {}, {})["events"].what


def test_few_beads_and_missing_standards_are_to_be_looked_at(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    assert items(study, tables)["beads of a kind"].status == FINE
    few = ASSAYS.frame([population("A0", "P1", {"APC-A": 3.0}, beads_least=12)])
    assert items(study, {**tables, "assays": few})["beads of a kind"].status == LOOK
    assert items(study, tables)["controls"].what == "1 standard on 1 plate"
    bare = {**tables, "wells": tables["wells"].filter(role="sample")}
    assert items(study, bare)["controls"].status == LOOK
    gates = items(study, tables)["gates"].what
    assert "83 % of the events" in gates


def test_beads_and_channels_are_those_of_the_study(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    said = items(study, tables)
    assert said["beads and analytes"].what == "one 1"
    assert said["channels used"].what == "beads told apart in FSC-A and APC-A; reporter in PE-A"
    assert said["dilution"].what == "samples were not diluted"
    assert "APC-A 100" in said["transformation"].what


def test_the_count_in_the_words_is_that_of_the_list(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    (found,) = flow_items(study, Tables.of(tables), told(STATES, STATES, {}))
    statuses = [item.status for _, rows in found.parts for item in rows]
    assert f"{statuses.count(KNOWN)} items known, {statuses.count(FINE)} checked" in found.intro
    assert f"{statuses.count(MISSING)} missing" in found.intro
    assert "does not say that the standard is met" in found.intro
    names = [item.name for _, rows in found.parts for item in rows]
    assert len(names) == len(set(names))


def test_two_bead_arrays_have_two_lists_and_other_assays_none(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    first = study.assays[0]
    assert isinstance(first, Beads)
    both = replace(study, assays=(first, replace(first, id="second")))
    twice = {
        name: pl.concat([frame, frame.with_columns(assay=pl.lit("second"))])
        for name, frame in tables.items()
    }
    assert [
        found.title.rsplit(": ")[-1] for found in flow_items(both, Tables.of(twice), told())
    ] == [
        "beads",
        "second",
    ]
    made, others = luminex(2)
    assert flow_items(made, Tables.of(others), told()) == []


def test_the_list_stands_in_the_report(
    study: Study, tables: Mapping[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = report(
        study,
        tables=Tables.of(tables),
        provenance=told(STATES, STATES, STATES),
        folder=tmp_path_factory.mktemp("r"),
    )
    text = page.read_text(encoding="utf-8")
    assert "<h3>Reporting items for flow cytometry (after MIFlowCyt)</h3>" in text
    assert "PE-A 450, APC-A 400" in text
