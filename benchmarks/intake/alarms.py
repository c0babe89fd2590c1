"""What the rules raise in studies that nobody erred in: 400 invented ones and the demo."""

from __future__ import annotations

import tempfile
from pathlib import Path

from numpy.random import default_rng

from benchmarks.row import Row
from calibration.false_alarms import HONEST, honest, model_studies
from exvivo.gather import gather
from exvivo.simulate import model_study, write

_MODEL = 20


def rows() -> list[Row]:
    """Shares of honest studies with a `stop` and with a `look` of the door."""
    alarms, of_model = honest(HONEST), model_studies(_MODEL)
    held = alarms.held + of_model.held
    stops, looks = alarms.stops + of_model.stops, alarms.looks + of_model.looks
    return [
        Row(what=f"{held} honest studies: with a stop", value=stops, unit="studies", bar="<= 0"),
        Row(
            what=f"{held} honest studies: with a look",
            value=100 * looks / held,
            unit="%",
            bar="<= 5",
        ),
        Row(what="the demo: flags at the door", value=_of_demo(), unit="flags", bar="<= 0"),
    ]


def _of_demo() -> int:
    """The flags of the demo's own files, as they are written and read."""
    with tempfile.TemporaryDirectory() as folder:
        write(model_study(rng=default_rng(1)), Path(folder) / "demo")
        return len(gather(Path(folder) / "demo").flags)
