"""Places on plates that matter are seen in replicates that lie apart, and only these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from exvivo.flag import Look
from exvivo.flag.positions import place_tests, positions_that_matter
from exvivo.study import Analyte, Group, Plate, Results, Stimulus, Study
from exvivo.study.positions import PlateShape, Positions, place_of, row_name, shape_of
from exvivo.tables import ASSAYS, LAYOUT, QUANTITIES, RESPONSES, WELLS

SHAPE = PlateShape(8, 12)
STUDY = Study(
    exvivo=1,
    title="t",
    groups=(Group(id="a", name="a"),),
    stimuli=(Stimulus(id="none", name="none", control=True),),
    analytes=(Analyte(id="TNF"), Analyte(id="IL6")),
    assays=(Results(id="elisa", kind="results"),),
    plates=(Plate(id="P", assay="elisa"),),
)


def look(rng: np.random.Generator, *, size: float = 0.0, apart: bool = True) -> Look:
    """16 samples x 3 wells on a plate whose last row is `size` above the first in TNF."""
    wells = rng.permutation(96)[:48] if apart else np.arange(48)
    sample = np.repeat(np.arange(16), 3)
    rows = Positions.of(SHAPE, wells.tolist()).features()["rows"]
    frames = []
    for analyte, slope in (("TNF", size), ("IL6", 0.0)):
        value = rng.normal(size=16)[sample] + slope * rows + rng.normal(0, 0.2, 48)
        columns = {
            "well": [SHAPE.wells[well] for well in wells],
            "donor": [f"D{number}" for number in sample],
            "value": value,
        }
        frames.append(pl.DataFrame(columns).with_columns(analyte=pl.lit(analyte)))
    known = {"assay": "elisa", "on": "amount", "readout": "protein", "plate": "P", "visit": "1"}
    rest = dict.fromkeys(("unit", "method", "source", "sha256"), "-")
    texts = {**known, **rest, "censor": "none"}
    facts = {name: pl.lit(text) for name, text in texts.items()}
    shared = pl.lit([], dtype=QUANTITIES.schema["shared"])
    quantities = QUANTITIES.complete(pl.concat(frames).with_columns(shared=shared, **facts))
    named = {"plate": "P", "role": "sample", "line": "plates/P.csv:2"}
    nominals = pl.lit([], dtype=LAYOUT.schema["nominals"])
    placed = frames[0].select("well", "donor").with_columns(nominals=nominals)
    layout = LAYOUT.complete(placed.with_columns(**{k: pl.lit(v) for k, v in named.items()}))
    return Look(
        study=replace(STUDY, layout=layout),
        wells=WELLS.frame(),
        quantities=quantities,
        assays=ASSAYS.frame(),
        responses=RESPONSES.frame(),
    )


def test_a_gradient_is_raised_with_its_share_at_the_answers_it_touches() -> None:
    (raised,) = positions_that_matter(look(np.random.default_rng(1), size=1.0))
    assert raised.severity == "look"
    assert raised.scope is not None
    assert (raised.scope.plates, raised.scope.analytes) == (("P",), ("TNF",))
    assert len(raised.evidence) == 2


def test_without_one_a_note_says_that_it_was_looked_for() -> None:
    (raised,) = positions_that_matter(look(np.random.default_rng(2)))
    assert raised.severity == "note"


def test_replicates_side_by_side_say_nothing_either_way() -> None:
    assert not list(positions_that_matter(look(np.random.default_rng(3), apart=False)))


def test_without_effects_p_is_uniform() -> None:
    rng = np.random.default_rng(4)
    p = [test.p for _ in range(25) for test in place_tests(look(rng), "elisa")]
    assert abs(np.mean(np.array(p) < 0.1) - 0.1) < 3 * np.sqrt(0.09 / len(p))


def test_the_share_is_that_of_a_regression_on_samples_and_features() -> None:
    seen = look(np.random.default_rng(6), size=0.5)
    rows = seen.quantities.filter(analyte="TNF")
    numbers = [SHAPE.number(well) or 0 for well in rows["well"]]
    features = np.column_stack([*Positions.of(SHAPE, numbers).features().values()])
    samples = (rows["donor"].to_numpy()[:, None] == rows["donor"].unique().to_numpy()).astype(float)
    y = rows["value"].to_numpy()

    def left(columns: np.ndarray) -> float:
        fit = columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        return float(((y - fit) ** 2).sum())

    alone, both = left(samples), left(np.column_stack([samples, features]))
    test = next(test for test in place_tests(seen, "elisa") if test.analyte == "TNF")
    assert test.share == pytest.approx(1 - both / alone)


def test_places_of_wells() -> None:
    assert [row_name(row) for row in (0, 25, 26)] == ["A", "Z", "AA"]
    assert place_of("h12") == (7, 11)
    assert SHAPE.number("H12") == 95 and SHAPE.number("I1") is None
    assert shape_of(["A1", "P24"]) == PlateShape(16, 24)
    assert shape_of(["A1", "my sample"]) is None
    edge = Positions.of(SHAPE, range(96)).edge
    assert int(edge.sum()) == 36
