"""What goes onto the plates: the donors of a study, measured or planned, and their samples under
each condition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path

import polars as pl

from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError
from exvivo.people_files import read_people
from exvivo.plan.layout.wishes import Wishes
from exvivo.simulate.population import DataModel, data_model
from exvivo.sources import Sources
from exvivo.study import Study
from exvivo.study.files import DONORS_FILE, STUDY_FILE, form_there
from exvivo.study.load import declarations, examine, read_donors

BRIDGE = "bridge"
"""The name of the sample that stands on every plate."""
_NOBODY = pl.DataFrame(schema={"donor": pl.String, "group": pl.String})


@dataclass(frozen=True, kw_only=True)
class Donor:
    """Somebody whose cells go onto a plate; `traits` are what is to be spread over the plates, by
    column of donors.csv. `is_planned`: known by a made-up name only.
    """

    id: str
    group: str
    traits: Mapping[str, str] = field(default_factory=dict)
    is_planned: bool = False


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What fills as many wells as there are replicates: cells of a donor under a condition, or a
    control (`control`, with its amount where it is known).
    """

    donor: str = ""
    group: str = ""
    visit: str = ""
    cell_type: str = ""
    stimulus: str = ""
    culture: int = 1
    control: str = ""
    nominal: float | None = None

    @property
    def kind(self) -> tuple[str, str, str]:
        """Its visit, cell type and stimulus."""
        return self.visit, self.cell_type, self.stimulus

    @property
    def role(self) -> str:
        """Its role in a layout."""
        if not self.control:
            return "sample"
        return "calibrator" if self.control == BRIDGE else "qc"


def study_of(folder: Path | str, wishes: Wishes) -> tuple[Study, list[Donor]]:
    """The study that study.yaml declares, and its donors: those of donors.csv, and made-up ones for
    those that a group is still to get. Raises `StudyError` with everything that is to fix.
    """
    study, mistakes = declarations(folder)
    _refuse(mistakes)
    known = _known_donors(Path(folder), study)
    donors = list(_donors(study, known, wishes.balance))
    _refuse([*_absent_donors(study, donors), *_absent_columns(known, wishes)])
    return study, donors


def _refuse(mistakes: Sequence[Mistake]) -> None:
    """Raises `StudyError` where there is a mistake."""
    if mistakes:
        raise StudyError(mistakes)


def _known_donors(folder: Path, study: Study) -> pl.DataFrame:
    """The donors that a study has already, none where it has no table of them."""
    if study.redcap is not None:
        donors = examine(folder, read_people=read_people).study.donors
    else:
        donors = _donors_of_table(Sources(folder), study)
    return donors if donors.width else _NOBODY


def _donors_of_table(sources: Sources, study: Study) -> pl.DataFrame:
    """The donors of donors.csv; an empty table where there is none."""
    if not sources.is_there(form_there(sources, DONORS_FILE)):
        return _NOBODY
    frame, mistakes = read_donors(sources, study)
    _refuse(mistakes)
    return _NOBODY if frame is None else frame


def _donors(study: Study, known: pl.DataFrame, columns: Sequence[str]) -> Iterator[Donor]:
    """The donors of each group, those that are still to come behind the others."""
    names = set(known["donor"])
    there = [name for name in columns if name in known.columns]
    for group in study.groups:
        of_group = known.filter(group=group.id)
        for row in of_group.iter_rows(named=True):
            traits = {name: row[name] or "" for name in there}
            yield Donor(id=row["donor"], group=group.id, traits=traits)
        lacking = (group.n or 0) - of_group.height
        numbers = (f"{group.id}{number:02d}" for number in count(1))
        free = (name for name in numbers if name not in names)
        for _ in range(lacking):
            yield Donor(id=next(free), group=group.id, is_planned=True)


def _absent_donors(study: Study, donors: Sequence[Donor]) -> Iterator[Mistake]:
    """Groups nobody is known of."""
    for group in study.groups:
        if not any(donor.group == group.id for donor in donors):
            yield _nobody_of(group.id)


def _nobody_of(group: str) -> Mistake:
    """A group nobody is known of."""
    return Mistake(
        f"{STUDY_FILE}: groups > {group}",
        f"no donor of {DONORS_FILE}, and no `n`",
        "the donors whose cells go onto the plates, or how many are planned",
        f"write how many donors `{group}` shall have: `n: 14`",
    )


def _absent_columns(known: pl.DataFrame, wishes: Wishes) -> Iterator[Mistake]:
    """Columns to balance that donors.csv lacks."""
    for name in wishes.balance:
        if name not in known.columns:
            yield _no_column(name, known.columns)


def _no_column(name: str, columns: Sequence[str]) -> Mistake:
    """A column to balance that donors.csv lacks."""
    expected = f"a column of {DONORS_FILE}, {spelling.one_of(columns, name)}"
    return Mistake("--balance", f"{name!r}", expected, "name one of these, or add the column")


def model_of(study: Study, donors: Sequence[Donor], wishes: Wishes) -> DataModel:
    """The data model of the study with its donors and the wished replicates: it knows every sample
    that a donor gives. Raises `StudyError` where no question is asked of what is measured.
    """
    counts = Counter(donor.group for donor in donors)
    model = data_model(study, donors=counts, cultures=wishes.cultures, wells=wishes.wells)
    if not model.series:
        raise StudyError(_no_question(study))
    return model


def _no_question(study: Study) -> Mistake:
    """No question is asked of what is measured on plates."""
    if study.questions and not study.assays:
        found = "questions of identity alone, which tables of expression answer"
        cure = "nothing, where this is all that is asked: no plate is needed"
        return Mistake(STUDY_FILE, found, "a question about what plates measure", cure)
    expected = "a question about what is measured: the plates are laid out for its answer"
    cure = "declare it under `questions` in study.yaml"
    return Mistake(STUDY_FILE, "no question about a result", expected, cure)


def samples_of(model: DataModel, donor: Donor) -> list[Sample]:
    """The samples of a donor: every visit, cell type and stimulus, and each culture."""
    kinds = dict.fromkeys((s.visit, s.cell_type or "", s.stimulus or "") for s in model.series)
    return [
        Sample(
            donor=donor.id,
            group=donor.group,
            visit=visit,
            cell_type=cell_type,
            culture=culture,
            stimulus=stimulus,
        )
        for (visit, cell_type, stimulus), culture in product(kinds, range(1, model.cultures + 1))
    ]


def controls_of(wishes: Wishes) -> list[Sample]:
    """The controls that stand on every plate: the bridge sample, then the others."""
    bridge = [Sample(control=BRIDGE)] if wishes.bridge else []
    named = wishes.controls.items()
    return [*bridge, *(Sample(control=name, nominal=amount) for name, amount in named)]
