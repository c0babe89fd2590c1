"""Immunoassays from files to answers: a real Luminex plate beside its vendor's results, beads one
by one, an ELISA made here.
"""

from __future__ import annotations

import csv
import gzip
import re
import statistics
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import exvivo
from exvivo.errors import StudyError
from exvivo.gather import gather
from exvivo.quantify import quantify

NAMES = {"IL1B": "IL1B", "IL10": "IL10", "IL6": "IL6", "TNFa": "TNF", "IL8": "CXCL8"}
STUDY = """exvivo: 1
title: Stimulated blood
groups: [{id: B, name: group B}, {id: M, name: group M}]
stimuli:
  - {id: DMSO, name: vehicle, control: true}
  - {id: PHA, name: PHA}
  - {id: AMA1, name: AMA1}
  - {id: CSP, name: CSP}
  - {id: HBS, name: HBS}
analytes: [{id: TNF}, {id: IL1B}, {id: IL6}, {id: CXCL8}, {id: IL10}]
assays: [{id: protein, kind: immunoassay%s}]
plates: [{id: P1, assay: protein, layout: plates/P1.csv, file: raw/P1.csv}]
questions:
  - {id: csp, ask: difference, groups: [B, M], assays: [protein], analytes: [TNF, IL10], stimulus: CSP}
"""


def real_plate(folder: Path, data: Path, more: str = "") -> Path:
    """A study folder round the public 30-plex plate; the amounts of its standards stand in the
    layout.
    """
    (folder / "raw").mkdir()
    (folder / "plates").mkdir()
    raw = (data / "luminex" / "xponent31_stimulated_30plex.csv").read_bytes()
    (folder / "raw" / "P1.csv").write_bytes(raw)
    with (data / "luminex" / "xponent31_stimulated_30plex_expected.csv").open() as file:
        amounts = {(row["sample"], row["analyte"]): row["ec"] for row in csv.DictReader(file)}
    text = raw.decode("latin-1").splitlines()
    start = next(i for i, line in enumerate(text) if re.match(r'"?DataType:"?,"?Median', line)) + 2
    wells = []
    for line in text[start : start + 96]:
        location, sample = next(csv.reader([line]))[:2]
        wells.append((re.search(r"([A-H]\d+)\)", location)[1], sample))  # type: ignore[index]
    donors = set()
    with (folder / "plates" / "P1.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            [
                "well",
                "role",
                "donor",
                "stimulus",
                "control",
                *(f"nominal:{name}" for name in NAMES.values()),
            ]
        )
        for well, sample in wells:
            blank = [""] * len(NAMES)
            found = re.fullmatch(r"(.*)_(PHA|AMA1|CSP|HBS|DMSO)", sample)
            if sample.startswith("Standard"):
                table.writerow(
                    [
                        well,
                        "standard",
                        "",
                        "",
                        "",
                        *(amounts.get((sample, name), "") for name in NAMES),
                    ]
                )
            elif found:
                donors.add(found[1])
                table.writerow([well, "sample", found[1], found[2], "", *blank])
            else:
                role = "blank" if sample.startswith("Background") else "qc"
                table.writerow([well, role, "", "", sample if role == "qc" else "", *blank])
    lines = [f"{donor},{donor[0]}" for donor in sorted(donors)]
    (folder / "donors.csv").write_text("\n".join(["donor,group", *lines]) + "\n")
    (folder / "study.yaml").write_text(STUDY % more)
    return folder


def test_our_concentrations_are_those_of_the_vendor_within_their_fits(
    tmp_path: Path, shared_data: Path
) -> None:
    gathered = gather(real_plate(tmp_path, shared_data))
    quantities, assays = quantify(gathered.wells, study=gathered.study)
    vendor = gathered.wells.filter(pl.col("kind") == "concentration", pl.col("value") > 0)
    both = quantities.filter(assay="protein", on="amount", censor="none").join(
        vendor.select("well", "analyte", theirs=pl.col("value").log(2)), on=["well", "analyte"]
    )
    off = both.group_by("analyte").agg(
        middle=(pl.col("value") - pl.col("theirs")).median(),
        spread=(pl.col("value") - pl.col("theirs")).std(),
    )
    assert both.height > 200
    assert off["middle"].abs().max() < np.log2(1.12)  # two curves through the same standards
    assert off["spread"].max() < 0.1  # type: ignore[operator]
    curves = assays.filter(kind="curve")
    assert curves.height == 5
    assert (curves["lower"] < curves["upper"]).all()


def test_wells_off_the_curve_are_bounds_and_the_signal_has_none(
    tmp_path: Path, shared_data: Path
) -> None:
    gathered = gather(real_plate(tmp_path, shared_data))
    quantities, _ = quantify(gathered.wells, study=gathered.study)
    own, signal = (quantities.filter(assay="protein", on=on) for on in ("amount", "signal"))
    assert (
        {"left", "none", "right", "interval"}
        >= set(own["censor"])
        > {"left", "none", "right"} - {"interval"}
    )
    assert set(signal["censor"]) == {"none"}
    assert signal.height == own.height
    top = own.filter(analyte="CXCL8", censor="right")
    assert top.height > 20
    assert (
        2 ** top["lower"].to_numpy() <= 2 * 13450 * 1.001
    ).all()  # the highest standard, in a twofold dilution at most


def test_the_vendor_s_own_results_keep_their_marks(tmp_path: Path, shared_data: Path) -> None:
    gathered = gather(real_plate(tmp_path, shared_data, ", result: vendor"))
    quantities, _ = quantify(gathered.wells, study=gathered.study)
    told = gathered.wells.filter(
        pl.col("kind") == "concentration",
        pl.col("role") == "sample",
        pl.col("analyte").is_not_null(),
    )
    for kind in ("left", "right"):
        assert quantities.filter(censor=kind).height == told.filter(censor=kind).height > 0
    known = quantities.filter(censor="none").join(
        told.select("well", "analyte", theirs="value"), on=["well", "analyte"]
    )
    assert known.height == told.filter(pl.col("value") > 0).height
    assert np.allclose(2 ** known["value"].to_numpy(), known["theirs"].to_numpy())


def test_the_whole_way_and_what_the_instrument_said(tmp_path: Path, shared_data: Path) -> None:
    result = exvivo.run(real_plate(tmp_path, shared_data))
    assert result.findings.filter(part="answer").height == 2
    assert result.vendor.filter(block="Analysis Coefficients").height >= 150
    assert result.report.exists()
    assert any("warned" in what for what in result.flags["what"])


def test_medians_of_beads_are_those_of_the_file(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "luminex" / "bead_level"
    regions = {"TNF": "45", "IL6": "25"}
    (tmp_path / "raw").mkdir()
    (tmp_path / "plates").mkdir()
    truth: dict[tuple[str, str], float] = {}
    lines = ["well,role,donor,file"]
    for i, run in enumerate(("Run001", "Run002", "Run003", "Run004")):
        text = gzip.decompress((source / "plate1" / f"{run}.csv.gz").read_bytes()).decode("latin-1")
        (tmp_path / "raw" / f"{run}.csv").write_text(text)
        well = f"{'ABCD'[i]}1"
        lines.append(f"{well},sample,D{i},raw/{run}.csv")
        rows = list(csv.reader(text.splitlines()))[3:]
        for name, region in regions.items():
            truth[well, name] = statistics.median(
                float(r[6]) for r in rows if r[1] == region and r[2] == "True"
            )
    (tmp_path / "plates" / "P1.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "donors.csv").write_text("donor,group\nD0,a\nD1,a\nD2,b\nD3,b\n")
    (tmp_path / "study.yaml").write_text(
        "exvivo: 1\ntitle: beads\ngroups: [{id: a, name: a}, {id: b, name: b}]\nanalytes: [{id: "
        "TNF}, {id: IL6}]\n"
        "assays: [{id: p, kind: immunoassay, result: signal, channels: {'45': TNF, '25': IL6}}]\n"
        "plates: [{id: P1, assay: p, layout: plates/P1.csv}]\n"
    )
    gathered = gather(tmp_path)
    quantities, _ = quantify(gathered.wells, study=gathered.study)
    assert quantities.height == 8
    for well, analyte, value in quantities.select("well", "analyte", "value").iter_rows():
        assert 2**value == pytest.approx(truth[well, analyte])


def elisa(folder: Path, *, noise: float, standards: bool = True) -> dict[str, float]:
    """An ELISA plate of eight standards in duplicate and 24 donors in triplicate, from a curve that
    is not the product's code.
    """
    rng = np.random.default_rng(4)
    truth = {f"D{i:02}": float(np.exp(rng.uniform(np.log(20), np.log(1500)))) for i in range(24)}
    amounts = [0.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0]
    read = np.zeros((8, 12))
    layout = ["well,role,donor,nominal"]
    for column, amount in enumerate(amounts):
        for row in (0, 1):
            read[row, column] = 0.05 + 3.2 * amount / (amount + 900.0)
            role = ("standard" if amount else "blank") if standards else "empty"
            layout.append(
                f"{'AB'[row]}{column + 1},{role},,{amount if amount and standards else ''}"
            )
    for i, (donor, amount) in enumerate(truth.items()):
        for k in range(3):
            row, column = 2 + (3 * i + k) // 12, (3 * i + k) % 12
            read[row, column] = 0.05 + 3.2 * amount / (amount + 900.0)
            layout.append(f"{'ABCDEFGH'[row]}{column + 1},sample,{donor},")
    read = read * np.exp(noise * rng.standard_normal(read.shape))
    (folder / "raw").mkdir()
    (folder / "plates").mkdir()
    head = "," + ",".join(map(str, range(1, 13)))
    body = [f"{'ABCDEFGH'[i]}," + ",".join(f"{v:.4f}" for v in line) for i, line in enumerate(read)]
    (folder / "raw" / "E1.csv").write_text("\n".join([head, *body]) + "\n")
    (folder / "plates" / "E1.csv").write_text("\n".join(layout) + "\n")
    (folder / "donors.csv").write_text(
        "donor,group\n" + "\n".join(f"{d},{'ab'[i % 2]}" for i, d in enumerate(truth)) + "\n"
    )
    (folder / "study.yaml").write_text(
        "exvivo: 1\ntitle: ELISA\ngroups: [{id: a, name: a}, {id: b, name: b}]\nanalytes: [{id: "
        "TNF}]\n"
        "assays: [{id: elisa, kind: immunoassay, analyte: TNF}]\n"
        "plates: [{id: E1, assay: elisa, layout: plates/E1.csv, file: raw/E1.csv}]\n"
        "questions: [{id: q, ask: difference, groups: [a, b], assays: [elisa], analytes: [TNF]}]\n"
    )
    return truth


def test_an_elisa_matrix_comes_back_with_honest_intervals(tmp_path: Path) -> None:
    truth = elisa(tmp_path, noise=0.04)
    quantities = exvivo.run(tmp_path).quantities.filter(assay="elisa", on="amount")
    known = quantities.filter(censor="none")
    assert known.height > 60
    off = known["value"].to_numpy() - np.log2([truth[d] for d in known["donor"]])
    shared = np.array([sum(s["loading"] ** 2 for s in row) for row in known["shared"].to_list()])
    reach = 1.96 * np.sqrt(known["sd"].to_numpy() ** 2 + shared)
    assert np.abs(np.median(off)) < 0.05
    held = np.mean(np.abs(off) <= reach)
    assert held > 0.95 - 3 * (0.95 * 0.05 / known.height) ** 0.5


def test_a_plate_without_standards_is_told_how_to_go_on(tmp_path: Path) -> None:
    elisa(tmp_path, noise=0.0, standards=False)
    with pytest.raises(
        StudyError, match=r"0 different amounts in its standards(?s:.)*result: signal"
    ):
        exvivo.run(tmp_path)


ELISAS = """exvivo: 1
title: Two kits, a plate each
groups: [{id: A, name: group A}, {id: B, name: group B}]
analytes: [{id: TNF}, {id: IL6}]
assays: [{id: elisa, kind: immunoassay}]
plates:
  - {id: E1, assay: elisa, analyte: TNF, layout: plates/E1.csv, file: raw/E1.csv}
  - {id: E2, assay: elisa, analyte: IL6, layout: plates/E2.csv, file: raw/E2.csv}
"""


def two_kits(folder: Path) -> Path:
    """Two 96-well plates of signals without noise, 4PL of their own; layouts with decimal commas."""
    (folder / "raw").mkdir()
    (folder / "plates").mkdir()
    amounts = [0, 15.625, 31.25, 62.5, 125, 250, 500, 1000]
    (folder / "study.yaml").write_text(ELISAS)
    donors = [f"{group}{n}" for group in "AB" for n in range(1, 5)]
    (folder / "donors.csv").write_text(
        "donor,group\n" + "".join(f"{donor},{donor[0]}\n" for donor in donors)
    )
    for plate, factor in (("E1", 1.0), ("E2", 1.5)):
        layout, signals = ["well;role;donor;nominal"], ["well,signal"]
        for row, amount in enumerate(amounts):
            for column in (1, 2):
                well = f"{'ABCDEFGH'[row]}{column}"
                layout.append(f"{well};standard;;{amount:g}".replace(".", ","))
                signals.append(f"{well},{signal(factor * amount):.6f}")
        for row, donor in enumerate(donors):
            well = f"{'ABCDEFGH'[row]}3"
            layout.append(f"{well};sample;{donor};")
            signals.append(f"{well},{signal(factor * (100 + 20 * row)):.6f}")
        (folder / "plates" / f"{plate}.csv").write_text("\n".join(layout) + "\n")
        (folder / "raw" / f"{plate}.csv").write_text("\n".join(signals) + "\n")
    return folder


def signal(amount: float) -> float:
    return float(0.05 + 3.0 / (1 + (400 / amount) ** 1.1)) if amount else 0.05


def test_every_plate_may_have_a_kit_of_its_own_under_one_assay(tmp_path: Path) -> None:
    gathered = gather(two_kits(tmp_path))
    quantities, _ = quantify(gathered.wells, study=gathered.study)
    amounts = quantities.filter(on="amount")
    assert dict(amounts.select("plate", "analyte").unique().rows()) == {"E1": "TNF", "E2": "IL6"}
    values = amounts.sort("plate", "well").filter(censor="none")
    assert values.height == 16
    wanted = np.log2([100 + 20 * row for row in range(8)] * 2)
    assert values["value"].to_numpy() == pytest.approx(wanted, abs=0.03)


def test_a_comma_of_a_layout_that_could_be_of_thousands_is_asked_about(tmp_path: Path) -> None:
    folder = two_kits(tmp_path)
    layout = folder / "plates" / "E1.csv"
    lines = [line for line in layout.read_text().splitlines() if line.count(",") == 0]
    layout.write_text("\n".join([*lines, "H12;standard;;1,250"]) + "\n")
    with pytest.raises(StudyError, match="nominal '1,250'") as caught:
        gather(folder)
    assert "write 1.5 or 1000" in str(caught.value)
    mixed = layout.read_text().replace("1,250", "0,5").replace(";125\n", ";12.5\n")
    layout.write_text(mixed)
    with pytest.raises(StudyError, match="nominal '0,5'"):
        gather(folder)


def test_an_analyte_of_a_plate_is_one_of_the_study_and_of_an_assay_of_signals(
    tmp_path: Path,
) -> None:
    folder = two_kits(tmp_path)
    study = folder / "study.yaml"
    study.write_text(ELISAS.replace("analyte: IL6", "analyte: IL10"))
    with pytest.raises(StudyError, match="IL10"):
        gather(folder)
    study.write_text(ELISAS.replace("kind: immunoassay", "kind: results"))
    with pytest.raises(StudyError, match="`analyte` for a plate of elisa"):
        gather(folder)
