"""Tables of bead arrays and immunoassays as the rooms before the report would hand them over, made
of simulated numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import polars as pl
from keyed_figures import Key, records

from exvivo.figures import figure, figures_from
from exvivo.quantify.immunoassay import quantify_immunoassay
from exvivo.simulate import model_study
from exvivo.study import Analyte, Beads, Immunoassay, Plate, Study
from exvivo.tables import ASSAYS, WELLS

THIRTEEN = (
    "IL-1β",
    "IFN-α2",
    "IFN-γ",
    "TNF",
    "CCL2 (MCP-1)",
    "IL-6",
    "IL-8",
    "IL-10",
    "IL-12p70",
    "IL-17A",
    "IL-18",
    "IL-23",
    "IL-33",
)
WELLS_96 = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]
SPREAD = 0.06
COFACTOR = 100.0


def study() -> Study:
    """The model study, without its numbers."""
    return model_study(rng=np.random.default_rng(3)).study


def bead_plates(
    names: Sequence[str],
    centres: Sequence[tuple[float, ...]],
    *,
    plates: Sequence[str] = ("P1", "P2"),
    beads: int = 120,
) -> tuple[Study, pl.DataFrame, pl.DataFrame]:
    """A bead array with populations at log10 `centres` (one or two channels), its events and its
    population rows.
    """
    rng = np.random.default_rng(5)
    channels = ("FSC-A", "APC-A")[-len(centres[0]) :]
    ids = [f"A{at}" for at in range(len(names))]
    assay = Beads(
        id="beads",
        kind="beads",
        classifier=channels,
        reporter="PE-A",
        panel=dict.fromkeys(ids, "1"),
    )
    events, fits = [], []
    for plate in plates:
        for tube in range(3):
            logs = np.concatenate([np.full((beads, len(channels)), centre) for centre in centres])
            cloud = 10**logs * np.exp(SPREAD * rng.standard_normal(logs.shape))
            for at, channel in enumerate(channels):
                events.append(
                    {
                        "plate": plate,
                        "well": f"A{tube + 1}",
                        "channel": channel,
                        "kind": "bead_events",
                        "assay": "beads",
                        "y": cloud[:, at].tolist(),
                    }
                )
        fits += [
            population(analyte, plate, dict(zip(channels, centre, strict=True)))
            for analyte, centre in zip(ids, centres, strict=True)
        ]
    made = replace(
        study(),
        assays=(assay,),
        plates=tuple(Plate(id=plate, assay="beads", layout="x.csv") for plate in plates),
        analytes=tuple(Analyte(id=i, name=name) for i, name in zip(ids, names, strict=True)),
    )
    return made, pl.DataFrame(events), ASSAYS.frame(fits)


def population(
    analyte: str,
    plate: str,
    centre: dict[str, float],
    others: Mapping[Key, float] = MappingProxyType({}),
    **figures: float,
) -> dict[str, object]:
    """A row of ASSAYS: a bead population at log10 `centre`."""
    parts = [
        figure(name, value, of=channel)
        for channel, log in centre.items()
        for name, value in (
            ("centre", np.arcsinh(10**log / COFACTOR)),
            ("spread", SPREAD),
            ("cofactor", COFACTOR),
        )
    ]
    return fit(
        "population",
        analyte,
        plate,
        others,
        parameters=parts,
        covariance=(SPREAD**2 * np.eye(len(centre))).ravel().tolist(),
        **figures,
    )


def fit(
    kind: str,
    analyte: str,
    plate: str | None,
    others: Mapping[Key, float] = MappingProxyType({}),
    **given: object,
) -> dict[str, object]:
    """A row of ASSAYS of the assay `beads`; keys that are no columns are figures."""
    columns = {"parameters", "covariance", "points", "lower", "upper", "unit", "assay"}
    figures = figures_from({n: float(str(v)) for n, v in given.items() if n not in columns})
    figures += records(others)
    plain: dict[str, object] = {
        "assay": "beads",
        "readout": "protein",
        "analyte": analyte,
        "plate": plate,
        "kind": kind,
        "key": None,
        "method": "made up",
        "unit": "pg/mL",
        "parameters": [],
        "covariance": [],
        "lower": None,
        "upper": None,
        "points": [],
    }
    return (
        plain
        | {name: value for name, value in given.items() if name in columns}
        | {"figures": figures}
    )


def luminex(
    analytes: int = 30, plates: Sequence[str] = ("L1", "L2"), *, rim: float = 1.0
) -> tuple[Study, dict[str, pl.DataFrame]]:
    """A Luminex-like study: standards, blanks, two controls, samples in duplicate; `rim`: what the
    edge of a plate does.
    """
    rng = np.random.default_rng(1)
    base = study()
    ids = [f"A{at}" for at in range(analytes)]
    assay = Immunoassay(id="lum", kind="immunoassay")
    made = replace(
        base,
        assays=(assay,),
        questions=(),
        analytes=tuple(Analyte(id=i, name=f"IL-{at + 1}") for at, i in enumerate(ids)),
        plates=tuple(
            Plate(id=plate, assay="lum", layout=f"plates/{plate}.csv") for plate in plates
        ),
    )
    donors = base.donors["donor"].to_list()
    rows = []
    for number, plate in enumerate(plates):
        layout = _layout(donors[12 * (number % 2) : 12 * (number % 2) + 12])
        for well, place in zip(WELLS_96, layout, strict=False):
            amount = (
                rng.lognormal(5, 1, analytes) / 2
                if place["role"] == "sample"
                else np.full(analytes, place["nominal"])
            )
            top, middle = 18000 + 500 * np.arange(analytes), 200 + 20 * np.arange(analytes)
            mean = 25 + (top - 25) / (1 + (np.maximum(amount, 1e-9) / middle) ** -1.1)
            noise = np.exp(0.05 * rng.standard_normal(analytes)) * (rim if _on_rim(well) else 1.0)
            rows += [
                {
                    **place,
                    "plate": plate,
                    "well": well,
                    "channel": i,
                    "analyte": i,
                    "value": float(value),
                    "beads": 70.0,
                }
                for i, value in zip(ids, mean * noise, strict=True)
            ]
    plain = {
        "source": "raw/x.csv",
        "sha256": "ab" * 32,
        "block": "Median",
        "kind": "mfi",
        "censor": "none",
        "unit": "MFI",
        "assay": "lum",
        "readout": "protein",
    }
    wells = WELLS.frame([plain | row for row in rows])
    quantities, assays = quantify_immunoassay(wells, study=made, assay=assay)
    return made, {"wells": wells, "quantities": quantities, "assays": assays}


def _on_rim(well: str) -> bool:
    return well[0] in "AH" or well[1:] in ("1", "12")


def _layout(donors: Sequence[str]) -> list[dict[str, object]]:
    known: list[tuple[str, float, str | None]] = [("blank", 0.0, None)] * 4
    known += [("standard", 10000 / 4**level, None) for level in range(8) for _ in "12"]
    known += [
        ("qc", amount, name)
        for name, amount in (("QC low", 60.0), ("QC high", 1500.0))
        for _ in "12"
    ]
    wells: list[dict[str, object]] = [
        {"role": role, "nominal": amount, "control": name, "dilution": 1.0, "replicate": str(at)}
        for at, (role, amount, name) in enumerate(known)
    ]
    return wells + [
        {
            "role": "sample",
            "nominal": None,
            "donor": donor,
            "visit": "1",
            "group": "FM",
            "cell_type": "iMG",
            "stimulus": stimulus,
            "dilution": 2.0,
            "replicate": replicate,
        }
        for donor in donors
        for stimulus in ("none", "ATP")
        for replicate in "12"
    ]
