"""What comparing costs, in CPU time of this machine."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.design.draw import Draw
from benchmarks.design.study import Study, write
from benchmarks.row import Row

SEED = 20261129
UNEVEN = 5
"""Uneven studies that are timed; the first is not counted."""


def times() -> list[Row]:
    """The demo, a large table of results, and an uneven study."""
    return [
        Row(what="comparing the demo", value=demo(), unit="CPU s", bar="<= 1.5"),
        Row(what="run of 500 donors x 30 analytes", value=large(), unit="CPU s", bar="<= 12"),
        Row(
            what="an uneven study with leave-one-out",
            value=1000 * uneven(),
            unit="CPU ms",
            bar="<= 60",
        ),
    ]


def demo() -> float:
    """Responses and findings of the demo, without the joint model."""
    from exvivo.simulate import model_study
    from exvivo.simulate import write as written

    with tempfile.TemporaryDirectory() as folder:
        written(model_study(rng=np.random.default_rng(1)), Path(folder) / "demo")
        return _comparing(Path(folder) / "demo")


def _comparing(folder: Path) -> float:
    """The CPU seconds of responses and findings of a study folder."""
    from exvivo.compare import compare, responses
    from exvivo.gather import gather
    from exvivo.quantify import quantify

    gathered = gather(folder)
    study = replace(gathered.study, plan=replace(gathered.study.plan, joint=False))
    quantities, _ = quantify(gathered.wells, study=study)
    before = time.process_time()
    compare(
        responses(quantities, study=study),
        gathered.clinic,
        study=study,
        rng=np.random.default_rng(study.plan.seed),
        quantities=quantities,
        profiles=gathered.profiles,
    )
    return time.process_time() - before


def large() -> float:
    """From the folder to the report: 250 v 250 donors on six plates, one family of 30 analytes."""
    import exvivo

    draw = Draw(asked="level", sizes=(250, 250), plates=6, layout="random", family=30)
    with tempfile.TemporaryDirectory() as folder:
        write(draw(np.random.default_rng(SEED), 30), Path(folder))
        before = time.process_time()
        exvivo.run(folder)
        return time.process_time() - before


def uneven() -> float:
    """A response of 14 v 10 donors of whom a tenth of the wells are missing: mean of some."""
    spent = [_uneven(seed) for seed in range(UNEVEN + 1)]
    return float(np.mean(spent[1:]))


def _uneven(seed: int) -> float:
    rng = np.random.default_rng([SEED, seed])
    study = Draw(asked="response", plate_sd=0.3, plates=4, layout="random")(rng, 1)
    with tempfile.TemporaryDirectory() as folder:
        return _comparing(write(_thinned(study, rng), Path(folder)))


def _thinned(study: Study, rng: np.random.Generator) -> Study:
    """The study without a tenth of its wells."""
    kept = np.flatnonzero(rng.random(study.log2.shape[1]) > 0.1).tolist()
    return replace(study, layout=study.layout.only(kept), log2=study.log2[:, kept])
