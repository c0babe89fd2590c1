"""A planned study done once in advance: drawn from its assumptions and written as a study folder
with the raw files of its instruments, which `run` then takes like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.errors import StudyError

if TYPE_CHECKING:
    from exvivo.simulate.files import Instruments
    from exvivo.simulate.population import DataModel
    from exvivo.study import Study


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How large the study is to be, where not as study.yaml plans it: donors by group; cultures of
    each donor and condition, wells of each culture, and plates of each assay (left out: the fewest
    that hold them).
    """

    donors: Mapping[str, int] | None = None
    cultures: int | None = None
    wells: int | None = None
    plates: int | None = None


@dataclass(frozen=True)
class Simulated:
    """The folder of a simulated study: what it was drawn from, and the paths of its files.
    `donors` are those of each group who were not lost.
    """

    folder: Path
    model: DataModel
    files: tuple[str, ...]
    donors: Mapping[str, int]


def simulate_study(
    folder: Path,
    to: Path,
    *,
    sizes: Sizes,
    instruments: Instruments,
    redcap: bool = False,
    seed: int = 1,
) -> Simulated:
    """Draw the study that FOLDER plans once, and write it into the folder `to`.

    Raises `StudyError` with everything in study.yaml that is to fix, with what no study can have,
    and where plates cannot hold their wells; then nothing is written.
    """
    from numpy.random import default_rng

    from exvivo.plan.blinding import refuse_hidden
    from exvivo.simulate.files import write_drawn
    from exvivo.simulate.population import draw

    refuse_hidden(folder)
    model = _model(planned_study(folder), sizes, instruments)
    rng = default_rng(seed)
    drawn = draw(model, 1, rng=rng)
    files = write_drawn(drawn, 0, to, instruments=instruments, redcap=redcap, rng=rng)
    present = drawn.present[0]
    counts = {
        group: int(present[model.group == number].sum())
        for number, group in enumerate(model.groups)
    }
    return Simulated(to, model, files, counts)


def _model(study: Study, sizes: Sizes, instruments: Instruments) -> DataModel:
    """The model of a study of some sizes; on the fewest plates where their number is left out."""
    from numpy.random import default_rng

    from exvivo.simulate.files import fewest_plates
    from exvivo.simulate.population import data_model, draw

    model = data_model(study, **vars(sizes))
    if sizes.plates is not None:
        return model
    plates = fewest_plates(draw(model, 1, rng=default_rng(0)), instruments)
    return data_model(study, **{**vars(sizes), "plates": plates})


def planned_study(folder: Path) -> Study:
    """What study.yaml declares, before there is any donor, layout or file. Raises `StudyError` with
    everything in it that is to fix.
    """
    from exvivo.study.load import declarations

    study, mistakes = declarations(folder)
    if mistakes:
        raise StudyError(mistakes)
    return study
