"""What a layout is, as records: plates with their wells, and what places do to each answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from exvivo.plan.layout.allot import Place
from exvivo.plan.layout.fixed import Fixed
from exvivo.plan.layout.samples import Donor, Sample
from exvivo.plan.layout.wishes import Wishes
from exvivo.study import Plate, Study


@dataclass(frozen=True, kw_only=True)
class Well:
    """A well that is filled: with a sample, its replicate and the day of its donor, or with
    something of known content.
    """

    well: str
    sample: Sample | None = None
    fixed: Fixed | None = None
    replicate: int = 1


@dataclass(frozen=True, kw_only=True)
class LaidPlate:
    """A plate and its wells, row by row; `plain` is the sample in each well of one plain
    randomisation, to be held against it. `targets`: the qPCR targets that have a plate of this map
    each; none where every well holds all of them. `is_new`: study.yaml does not declare the plate.
    """

    plate: Plate
    wells: tuple[Well, ...]
    targets: tuple[str, ...]
    plain: Mapping[str, Sample]
    is_new: bool


@dataclass(frozen=True)
class Variance:
    """The variance (log2 squared) that places give to something: `random`, the mean over all plain
    randomisations of samples over the wells of all plates; and as it is laid out. `about` is a
    question; empty: the numbers of single donors.
    """

    about: str
    random: float
    laid_out: float
    donors: float


@dataclass(frozen=True, kw_only=True)
class LaidAssay:
    """The plates of one assay, and what they do to each answer."""

    assay: str
    plates: tuple[LaidPlate, ...]
    variances: tuple[Variance, ...]


@dataclass(frozen=True, kw_only=True)
class PlannedLayout:
    """All that was laid out, `places` with the plate and day of each donor in each assay."""

    study: Study
    wishes: Wishes
    donors: tuple[Donor, ...]
    assays: tuple[LaidAssay, ...]
    forbidden: tuple[str, ...] = ()
    places: Mapping[str, Mapping[str, Place]] = field(default_factory=dict)

    def donor(self, name: str) -> Donor:
        """The donor of that id."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> Mapping[str, Donor]:
        return {donor.id: donor for donor in self.donors}
