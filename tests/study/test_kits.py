"""Kits of the catalog in a study: what they bring, and every way in which study and kit may not
fit.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from exvivo import catalog
from exvivo.errors import StudyError
from exvivo.study import Beads, load

INFLAMMATION = "LEGENDplex human inflammation panel 1"
FLEX = "BD CBA human soluble protein flex set"


def beads(**fields: object) -> Beads:
    given = {"classifier": ("APC",), "reporter": "PE", "scatter": ("FSC-A", "SSC-A"), **fields}
    return Beads(id="protein", kind="beads", **given)  # type: ignore[arg-type]


def study_with(folder: Path, assay: str, analytes: tuple[str, ...]) -> list[str]:
    """The mistakes of a study whose only assay is `assay`, a YAML mapping without id and kind."""
    (folder / "plates").mkdir()
    (folder / "raw").mkdir()
    (folder / "raw" / "A1.fcs").write_bytes(b"FCS")
    (folder / "plates" / "B1.csv").write_text("well,role,donor,file\nA1,sample,D1,raw/A1.fcs\n")
    (folder / "donors.csv").write_text("donor,group\nD1,patient\nD2,control\n")
    (folder / "study.yaml").write_text(
        "exvivo: 1\ntitle: Beads\ngroups: [{id: patient, name: people with X}, {id: control, "
        "name: others}]\n"
        "analytes: [" + ", ".join(f"{{id: {a}}}" for a in analytes) + "]\n"
        f"assays: [{{id: protein, kind: beads, reporter: PE, {assay}}}]\n"
        "plates: [{id: B1, assay: protein, layout: plates/B1.csv}]\n"
    )
    try:
        load(folder)
    except StudyError as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


def test_every_kit_names_known_analytes_on_beads_of_their_own() -> None:
    for kit in catalog.kits().values():
        assert set(kit.beads) <= set(catalog.analytes())
        places = [place for positions in kit.beads.values() for place in positions]
        assert len(places) == len(set(places)) and kit.source
        assert len(kit.classifier) == (1 if kit.letters == "scatter" else 2)
        assert all(len(positions) == 1 for positions in kit.beads.values()) or kit.chosen


def test_the_page_lists_every_kit() -> None:
    page = (Path(__file__).parents[2] / "docs" / "howto" / "flow-cytometer.md").read_text(
        encoding="utf-8"
    )
    assert [line[2:] for line in page.splitlines() if line.startswith("- ")] == list(catalog.kits())


def test_a_kit_brings_its_beads_and_what_letters_are() -> None:
    assay = beads(kit=INFLAMMATION.upper())
    assert assay.letters == "scatter" and len(assay.panel) == 13
    assert (assay.panel["TNF"], assay.panel["IL6"], assay.panel["IL33"]) == ("A7", "A10", "B9")
    assert beads(panel={"TNF": "1"}).letters == "classifier"


def test_some_beads_of_a_kit_and_beads_of_one_s_own() -> None:
    assay = beads(kit=INFLAMMATION, analytes=("TNF", "IL6"), panel={"BDNF": "A4"})
    assert assay.panel == {"TNF": "A7", "IL6": "A10", "BDNF": "A4"}
    replaced = beads(kit=INFLAMMATION, panel={"BDNF": "a7", "IL6": "B10"})
    assert (
        "TNF" not in replaced.panel and replaced.panel["IL6"] == "B10" and len(replaced.panel) == 13
    )


@pytest.mark.parametrize(
    ("assay", "analytes", "said"),
    [
        (
            "classifier: [APC], kit: LEGENDplex 13",
            ("TNF",),
            "one of: LEGENDplex human inflammation panel 1; ",
        ),
        (
            f"classifier: [APC], scatter: [FSC-A], kit: {INFLAMMATION}, analytes: [TNF, XYZ]",
            ("TNF",),
            "XYZ, which LEGENDplex",
        ),
        (
            f"classifier: [APC], scatter: [FSC-A], kit: {INFLAMMATION}, analytes: [TNF, IL6]",
            ("TNF",),
            "beads for IL6, not",
        ),
        (f"classifier: [APC], kit: {INFLAMMATION}, analytes: [TNF]", ("TNF",), "and no `scatter`"),
        (
            f"classifier: [FSC-A, APC], scatter: [FSC-A], kit: {INFLAMMATION}, analytes: [TNF]",
            ("TNF",),
            "2 classifier channels",
        ),
        (f"classifier: [APC, APC-Cy7], kit: {FLEX}", ("TNF",), "no bead chosen from BD CBA"),
        (
            f"classifier: [APC, APC-Cy7], kit: {FLEX}, panel: {{IL6: A9}}",
            ("IL6",),
            "look at the vial",
        ),
        (
            f"classifier: [APC-Cy7, APC], kit: {FLEX}, panel: {{IL6: A7}}, "
            "directions: [rising, rising]",
            ("IL6",),
            "falling along APC-Cy7 and rising along APC, as the catalog",
        ),
        (
            "classifier: [APC-Cy7, APC], panel: {IL6: A7}, directions: [rising]",
            ("IL6",),
            "directions [rising] of 2 classifier channels",
        ),
        ("classifier: [APC]", ("TNF",), "no bead"),
        (
            "classifier: [APC], panel: {TNF: 1}, analytes: [TNF]",
            ("TNF",),
            "`analytes` without `kit`",
        ),
        (
            "classifier: [APC], panel: {TNF: 1, IL6: 2}",
            ("TNF",),
            "beads for IL6, not among the analytes",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, assay: str, analytes: tuple[str, ...], said: str
) -> None:
    assert any(said in text for text in study_with(tmp_path, assay, analytes))


@pytest.mark.parametrize(
    ("assay", "analytes"),
    [
        (
            f"classifier: [APC], scatter: [FSC-A, SSC-A], kit: {INFLAMMATION}",
            tuple(catalog.kits()[INFLAMMATION].beads),
        ),
        (
            f"classifier: [APC, APC-Cy7], kit: {FLEX}, panel: {{IL6: A7, TNF: D9, BDNF: E1}}",
            ("IL6", "TNF", "BDNF"),
        ),
        ("classifier: [V500], panel: {IL6: 1, TNF: 2}", ("IL6", "TNF")),
        ("classifier: [V500], panel: {IL6: 1, TNF: 2}, directions: [falling]", ("IL6", "TNF")),
        (
            f"classifier: [APC-Cy7, APC], kit: {FLEX}, panel: {{IL6: A7}}, "
            "directions: [falling, rising]",
            ("IL6",),
        ),
    ],
)
def test_what_fits_is_taken(tmp_path: Path, assay: str, analytes: tuple[str, ...]) -> None:
    assert study_with(tmp_path, assay, analytes) == []
