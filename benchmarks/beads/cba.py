"""Beads of two dyes to names, medians and standards: a real BD CBA plate, and any other study.

The real plate (FACSVerse, ten tubes: a blank and nine standards doubling up to 2,500 pg/mL; IL4 A5,
IL5 A6, IL13 E6, IL1B B4, TNF C4) was refused by version 0.1.0 in both orders of its channels, and
three of its beads alone ran with two names swapped. Its oracle are boxes drawn by hand round the
populations; what falls into a box is one bead, whatever the reader thinks.

A folder given with `--set` is a study as `exvivo run` takes it (study.yaml with a bead array, its
layouts, its FCS files; donors may be left out where no well is a sample). A `cuts.csv` beside
study.yaml, with a box for each analyte (columns plate, analyte, channel, low, high; one line a
channel, plate empty: every plate), adds the comparison of medians. Nothing is written there.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.row import Row

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
PLATE = SHARED / "beads" / "cba_flex_facsverse"
KIT = "BD CBA human soluble protein flex set"
POSITIONS = {"IL4": "A5", "IL5": "A6", "IL13": "E6", "IL1B": "B4", "TNF": "C4"}
RED, INFRARED = "CBA Red-A", "CBA NIR-A"
CUTS = {
    "IL4": ((8_000, 16_000), (120_000, 260_000)),
    "IL5": ((17_000, 32_000), (80_000, 200_000)),
    "IL13": ((17_000, 32_000), (7_000, 17_000)),
    "IL1B": ((3_500, 6_500), (55_000, 110_000)),
    "TNF": ((3_500, 8_000), (22_000, 54_000)),
}
"""Boxes in the red and the near infrared."""
WELLS = ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "B1", "B2")


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """The real plate in both orders of its channels, its beads in every mixture of fewer, and the
    studies in `sets`.
    """
    measured: list[Row] = []
    for folder in sets:
        measured += of_study(folder, name=folder.name)
    if not PLATE.exists():
        return measured
    for channels in ((INFRARED, RED), (RED, INFRARED)):
        with tempfile.TemporaryDirectory() as made:
            folder = _real_study(Path(made), channels)
            order = " then ".join(channel.split("-")[0] for channel in channels)
            measured += of_study(folder, name=f"CBA, {order}", bars=("<= 0", ">= 45"))
    return [*measured, *_mixtures()]


def of_study(folder: Path, *, name: str, bars: tuple[str, str] = ("", "")) -> list[Row]:
    """What a study's bead arrays give, run in a copy. bars: of medians apart, and of standards that
    read back.
    """
    import exvivo

    with tempfile.TemporaryDirectory() as made:
        copy = shutil.copytree(folder, Path(made) / "study", copy_function=shutil.copyfile)
        before = time.process_time()
        try:
            result = exvivo.run(copy)
        except exvivo.UserMistake as error:
            print(f"{name}: refused\n{error}", file=sys.stderr)
            return [Row(what=f"{name}: refused", value=1, unit="", bar="<= 0" if bars[0] else "")]
        spent = time.process_time() - before
        tables = result.report.parent / "tables"
        fits, wells = (pl.read_parquet(tables / f"{t}.parquet") for t in ("assays", "wells"))
        measured = [
            *_apart(fits, wells, copy / "cuts.csv", name, bars[0]),
            *_recovered(fits, name, bars[1]),
        ]
    return [*measured, Row(what=f"{name}: CPU of the whole run", value=spent, unit="s")]


def _standards(fits: pl.DataFrame) -> pl.DataFrame:
    """plate, analyte, x (amount), y (signal), fitted and well of every standard and blank."""
    rows = fits.filter(kind="curve").select("plate", "analyte", "points")
    return rows.explode("points").unnest("points")


def _recovered(fits: pl.DataFrame, name: str, bar: str) -> Iterator[Row]:
    points = _standards(fits).filter(pl.col("x") > 0)
    ratio = points["fitted"] / points["x"]
    back = ((ratio - 1).abs() <= 0.2).fill_null(False)
    unit = f"of {points.height}"
    yield Row(what=f"{name}: standards within 20 %", value=int(back.sum()), unit=unit, bar=bar)


def _apart(
    fits: pl.DataFrame, wells: pl.DataFrame, cuts: Path, name: str, bar: str
) -> Iterator[Row]:
    """Standards whose signal is over 5 % from the median of the events in the analyte's box."""
    if not cuts.exists():
        return
    reporter = dict(_reporters(cuts.parent))
    boxes = pl.read_csv(cuts, schema_overrides={"plate": pl.String})
    ratios = []
    for plate, analyte, x, y in _standards(fits).select("plate", "analyte", "x", "y").iter_rows():
        own = boxes.filter(pl.col("plate").is_null() | (pl.col("plate") == plate), analyte=analyte)
        tubes = wells.filter(pl.col("nominal").fill_null(0.0) == x, plate=plate)
        tubes = tubes.filter(pl.col("role").is_in(["standard", "blank"]))
        medians = [_median(tube, own, reporter) for _, tube in tubes.group_by("well")]
        ratios.append(min(abs(y / median - 1) for median in medians))
    yield Row(
        what=f"{name}: signals over 5 % from hand-cut medians",
        value=int((np.array(ratios) > 0.05).sum()),
        unit=f"of {len(ratios)}",
        bar=bar,
    )
    yield Row(what=f"{name}: farthest of them", value=100 * max(ratios, default=0.0), unit="%")


def _reporters(folder: Path) -> Iterator[tuple[str, str]]:
    """Assay and reporter channel of the bead arrays of a study."""
    import exvivo
    from exvivo.study import Beads

    for assay in exvivo.load(folder).assays:
        if isinstance(assay, Beads):
            yield assay.id, assay.reporter


def _median(tube: pl.DataFrame, boxes: pl.DataFrame, reporter: dict[str, str]) -> float:
    """The median reporter of the events of a tube inside a box."""
    channels = {channel: np.array(y) for channel, y in tube.select("channel", "y").iter_rows()}
    inside = np.ones(len(next(iter(channels.values()))), dtype=bool)
    for channel, low, high in boxes.select("channel", "low", "high").iter_rows():
        inside &= (channels[channel] > low) & (channels[channel] < high)
    return float(np.median(channels[reporter[tube["assay"][0]]][inside]))


def _real_study(to: Path, channels: tuple[str, str]) -> Path:
    """The real plate as a study, with its boxes."""
    (to / "raw").mkdir()
    (to / "plates").mkdir()
    lines = ["well,role,nominal,file"]
    for i, well in enumerate(WELLS):
        (path,) = PLATE.glob(f"Standard_{i + 1}_*.fcs")
        shutil.copyfile(path, to / "raw" / path.name)
        known = f"standard,{2500 / 2 ** (9 - i)}" if i else "blank,"
        lines.append(f"{well},{known},raw/{path.name}")
    (to / "plates" / "P1.csv").write_text("\n".join(lines) + "\n")
    (to / "donors.csv").write_text("donor,group\nD1,a\nD2,b\n")
    panel = ", ".join(f"{analyte}: {position}" for analyte, position in POSITIONS.items())
    (to / "study.yaml").write_text(
        "exvivo: 1\ntitle: CBA\ngroups: [{id: a, name: a}, {id: b, name: b}]\n"
        f"analytes: [{', '.join(f'{{id: {analyte}}}' for analyte in POSITIONS)}]\n"
        f"assays: [{{id: protein, kind: beads, kit: {KIT}, classifier: [{', '.join(channels)}], "
        f"reporter: PE-A, scatter: [FSC-A, SSC-A], panel: {{{panel}}}}}]\n"
        "plates: [{id: P1, assay: protein, layout: plates/P1.csv}]\n"
    )
    boxes = ["plate,analyte,channel,low,high"]
    for analyte, both in CUTS.items():
        for channel, (low, high) in zip((RED, INFRARED), both, strict=True):
            boxes.append(f",{analyte},{channel},{low},{high}")
    (to / "cuts.csv").write_text("\n".join(boxes) + "\n")
    return to


def _mixtures() -> Iterator[Row]:
    """Names of two to five of the real beads alone, in both orders of the channels, with the kit
    and with directions stated; wrong and refused ones.
    """
    centre = _centres()
    ways: dict[str, dict[str, object]] = {
        "the kit": {"kit": KIT},
        "directions stated": {"directions": ("falling", "rising")},
        "nothing stated": {},
    }
    for way, fields in ways.items():
        orders = (
            [(INFRARED, RED)] if way == "directions stated" else [(INFRARED, RED), (RED, INFRARED)]
        )
        outcomes = [
            _named(centre, analytes, channels, fields)
            for size in range(2, 6)
            for analytes in itertools.combinations(POSITIONS, size)
            for channels in orders
        ]
        unit = f"of {len(outcomes)}"
        for outcome, bar in (("wrong", "<= 0"), ("refused", "")):
            value = outcomes.count(outcome)
            yield Row(what=f"CBA mixtures, {way}: {outcome}", value=value, unit=unit, bar=bar)


def _centres() -> dict[str, tuple[float, float]]:
    """log10 brightness in the red and the near infrared of each real bead, by its box."""
    from flowio import FlowData

    (path,) = PLATE.glob("Standard_5_*.fcs")
    data = FlowData(str(path))
    names = [str(channel["pnn"]) for channel in data.channels.values()]
    both = data.as_array()[:, [names.index(RED), names.index(INFRARED)]]
    centres = {}
    for analyte, ((left, right), (low, high)) in CUTS.items():
        red, infrared = both.T
        own = both[(red > left) & (red < right) & (infrared > low) & (infrared < high)]
        first, second = np.log10(np.median(own, axis=0)).tolist()
        centres[analyte] = (first, second)
    return centres


def _named(
    centre: dict[str, tuple[float, float]],
    analytes: tuple[str, ...],
    channels: tuple[str, str],
    fields: dict[str, object],
) -> str:
    """Whether the beads of a mixture get their own names: right, wrong or refused."""
    from exvivo.errors import StudyError
    from exvivo.quantify.beads.naming import named
    from exvivo.quantify.beads.panel import panel_of
    from exvivo.study import Beads

    assay = Beads(
        id="beads",
        kind="beads",
        classifier=channels,
        reporter="PE-A",
        panel={analyte: POSITIONS[analyte] for analyte in analytes},
        **fields,  # type: ignore[arg-type]
    )
    panel = panel_of(assay)
    places = np.array([centre[analyte] for analyte in analytes])
    places = places if channels[0] == RED else places[:, ::-1]
    try:
        order = named(places, panel, plate="P1", channels=channels).order
    except StudyError:
        return "refused"
    given = [panel.analytes[order.index(i)] for i in range(len(analytes))]
    return "right" if given == list(analytes) else "wrong"
