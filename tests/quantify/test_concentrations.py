"""From readings to quantities for every assay with standards: dilutions, shared errors of plates,
the signal beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from keyed_figures import Key, keyed

from exvivo.quantify.concentrations import concentrations
from exvivo.study import Analyte, Group, Immunoassay, Plate, Study
from exvivo.table import check
from exvivo.tables import QUANTITIES, WELLS

ASSAY = Immunoassay(id="elisa", kind="immunoassay", analyte="TNF")
STUDY = Study(
    exvivo=1,
    title="t",
    groups=(Group(id="a", name="a"),),
    analytes=(Analyte(id="TNF"),),
    assays=(ASSAY,),
    plates=tuple(
        Plate(id=p, assay="elisa", layout=f"plates/{p}.csv", file=f"raw/{p}.csv")
        for p in ("P1", "P2", "P3")
    ),
)


def signal(amount: float) -> float:
    return 0.05 + 3.0 * amount / (amount + 500.0)


def plate(
    rng: np.random.Generator,
    name: str,
    samples: list[dict[str, Any]],
    *,
    shift: float = 0.0,
    noise: float = 0.02,
) -> pl.DataFrame:
    """Standards in duplicate and samples (true amount `amount`, made `dilution` times thinner);
    `shift` moves all but standards.
    """
    rows = []
    for amount in (0.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0):
        rows += [
            {"role": "standard" if amount else "blank", "nominal": amount or None, "amount": amount}
        ] * 2
    rows += [{"role": "sample", **sample} for sample in samples]
    made = []
    for i, row in enumerate(rows):
        given: dict[str, Any] = dict(row)
        true = float(given.pop("amount")) / float(given.get("dilution", 1.0))
        moved = true * (2.0**shift if row["role"] not in ("standard", "blank") else 1.0)
        made.append(
            {
                "source": "f",
                "sha256": "0",
                "block": "b",
                "plate": name,
                "well": f"A{i}",
                "channel": "TNF",
                "kind": "signal",
                "censor": "none",
                "unit": "OD",
                "assay": "elisa",
                "readout": "protein",
                "analyte": "TNF",
                "dilution": 1.0,
                "value": signal(moved) * float(np.exp(noise * rng.standard_normal())),
            }
            | given
        )
    return WELLS.frame(made).with_columns(reading=pl.col("value"), se=pl.lit(0.0))


def quantities(*plates: pl.DataFrame) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    made, rows = concentrations(pl.concat(plates), study=STUDY, assay=ASSAY, method="m")
    return check(QUANTITIES, made), rows


def figures(rows: list[dict[str, Any]]) -> dict[Key, float]:
    (control,) = (row for row in rows if row["kind"] == "control")
    return keyed(control["figures"])


def test_of_several_dilutions_the_one_inside_the_curve_speaks() -> None:
    rng = np.random.default_rng(1)
    samples = [
        {"donor": d, "amount": amount, "dilution": dilution}
        for d, amount in (("D1", 100.0), ("D2", 40_000.0), ("D3", 900_000.0))
        for dilution in (2.0, 100.0)
    ]
    made, rows = quantities(plate(rng, "P1", samples))
    own = made.filter(on="amount")
    assert own.filter(donor="D2")["censor"].to_list() == ["none"]
    assert 2 ** own.filter(donor="D2")["value"][0] == pytest.approx(40_000, rel=0.15)
    assert set(own.filter(donor="D3")["censor"]) == {
        "right"
    }  # off the scale at both: both stay, as bounds
    assert own.filter(donor="D3")["lower"].max() > np.log2(100_000)
    assert figures(rows)["gave_way"] >= 1


def test_signals_of_one_dilution_only_stand_beside() -> None:
    rng = np.random.default_rng(2)
    samples = [
        {"donor": f"D{i}", "amount": 200.0 + 50 * i, "dilution": d}
        for i in range(4)
        for d in (2.0, 10.0)
    ]
    samples.append({"donor": "D9", "amount": 300.0, "dilution": 10.0})
    wells = plate(rng, "P1", samples)
    made, _ = quantities(wells)
    beside = made.filter(on="signal")
    assert beside.height == 5  # the dilution that all five have
    assert (beside["censor"] == "none").all()
    (reading,) = wells["value"].filter(wells["donor"] == "D9")
    assert beside.filter(donor="D9")["value"].to_list() == pytest.approx([np.log2(reading)])


def test_what_is_not_known_of_a_curve_is_shared_by_the_wells_read_off_it() -> None:
    rng = np.random.default_rng(5)
    samples = [{"donor": f"D{i}", "amount": 100.0 * (i + 1)} for i in range(2)]
    samples.append({"donor": "high", "amount": 300_000.0})
    made, _ = quantities(plate(rng, "P1", samples), plate(rng, "P2", samples))
    shared = {
        (row["plate"], row["donor"]): {s["key"]: s["loading"] for s in row["shared"]}
        for row in made.filter(on="amount").iter_rows(named=True)
    }
    first, second = shared["P1", "D0"], shared["P1", "D1"]
    assert set(first) == set(second) and not set(first) & set(shared["P2", "D0"])
    assert sum(loading**2 for loading in first.values()) > 1e-6
    assert shared["P1", "high"] == {}


def test_what_plates_do_is_shared_by_their_wells() -> None:
    """Controls that differ twofold between plates beyond their own error put that into every
    level's shared errors.
    """
    rng = np.random.default_rng(3)
    control = {"role": "qc", "control": "QC", "amount": 200.0}
    plates = [
        plate(rng, name, [{"donor": name, "amount": 150.0}, control, control], shift=shift)
        for name, shift in (("P1", -0.8), ("P2", 0.1), ("P3", 0.7))
    ]
    made, rows = quantities(*plates)
    said = figures(rows)
    assert said["between_sd"] == pytest.approx(np.std([-0.8, 0.1, 0.7], ddof=1), rel=0.15)
    for name, shared in made.filter(on="amount").select("plate", "shared").iter_rows():
        (own,) = (s["loading"] for s in shared if s["key"] == f"plate:elisa:{name}:TNF")
        assert own == pytest.approx(
            said["between_sd"] * (6 / 4) ** 0.5
        )  # Student's t with 2 + 4 degrees of freedom
    alike, rows = quantities(
        *(
            plate(rng, name, [{"donor": name, "amount": 150.0}, control, control])
            for name in ("P1", "P2", "P3")
        )
    )
    assert figures(rows)["between_sd"] < 0.1
    assert alike.height == 6


def test_bounds_hold_the_dilution_and_the_truth() -> None:
    rng = np.random.default_rng(4)
    samples = [
        {"donor": "low", "amount": 0.2, "dilution": 3.0},
        {"donor": "high", "amount": 300_000.0, "dilution": 3.0},
    ]
    made, rows = quantities(plate(rng, "P1", samples))
    (curve,) = (row for row in rows if row["kind"] == "curve")
    own = {row["donor"]: row for row in made.filter(on="amount").iter_rows(named=True)}
    assert own["low"]["censor"] == "left"
    assert own["low"]["upper"] > np.log2(0.2)
    assert own["high"]["censor"] == "right"
    assert own["high"]["lower"] == pytest.approx(np.log2(3.0 * curve["upper"]))
