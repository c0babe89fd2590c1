"""What is assumed of a study before it is done: the section `assumptions` of study.yaml.

Means multiply: the amount of an analyte in a well is its level at rest, times every effect that
names this well. Spreads are standard deviations on the log2 scale, on which amounts are normal. An
empty list of names means any. What is left out is taken from the priors of the catalog, and named
as such wherever a number of a plan is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exvivo.study.say import say

_SOURCE = "where the number is from (pilot of 2025, 8 donors; doi); left out: it is assumed"
Shape = Literal["normal", "skewed", "heavy"]
"""How donors are spread around their mean, with the same standard deviation: normal, lognormal on
the log2 scale, or Student's t with 4 degrees of freedom.
"""


@dataclass(frozen=True, kw_only=True)
class _Named:
    """The results that a line is about: those of every name that is given."""

    analytes: tuple[str, ...] = say("the analytes it is about; left out: all", default=())
    assays: tuple[str, ...] = say("the assays it is about; left out: all", default=())


@dataclass(frozen=True, kw_only=True)
class AssumedEffect(_Named):
    """What multiplies the amount in some wells: a stimulus, a group under a stimulus, a visit, a
    medication.
    """

    fold: float = say(
        "how many times as much: 2 is twice, 0.5 is half, 1 is no effect. `{stimulus: ATP, fold: "
        "3}` is the response to ATP; with `group: FM` beside it, how many times as large FM's is; "
        "of a stimulus that blocks another, how many times what the other gives alone",
        scale="times",
    )
    group: str = say("the people it is true of; left out: all", default="")
    stimulus: str = say("the stimulus it is true under; left out: all, and none", default="")
    cell_type: str = say("the cells it is true of; left out: all", default="")
    visit: str = say("the visit it is true at; left out: all", default="")
    column: str = say(
        "a column of donors.csv (pregabalin): with `value`, it is true of those who have it",
        default="",
    )
    value: str = say("what stands in that column (yes)", default="")
    source: str = say(_SOURCE, default="")


@dataclass(frozen=True, kw_only=True)
class AssumedSpread(_Named):
    """How far results of one kind differ: standard deviations, log2. The last line that names a
    result says its spread.
    """

    groups: tuple[str, ...] = say(
        "the groups whose donors differ so (level and response); left out: all", default=()
    )
    level: float | None = say("between donors, of the unstimulated level", scale="sd", default=None)
    response: float | None = say(
        "between donors, of the response to a stimulus", scale="sd", default=None
    )
    culture: float | None = say(
        "between cultures of one donor and condition", scale="sd", default=None
    )
    well: float | None = say("between wells of one culture", scale="sd", default=None)
    plate: float | None = say("between plates", scale="sd", default=None)
    plate_response: float | None = say(
        "between plates, of what they do to stimulated wells alone", scale="sd", default=None
    )
    source: str = say(_SOURCE, default="")


@dataclass(frozen=True, kw_only=True)
class AssumedLevel(_Named):
    """How much there is at rest, and what the assay can see of it."""

    amount: float = say("the amount of an unstimulated well, in the unit of the assay")
    lower: float | None = say(
        "the limit of detection in the same unit; left out: everything is seen", default=None
    )
    source: str = say(_SOURCE, default="")


@dataclass(frozen=True, kw_only=True)
class AssumedScore:
    """A clinical scale in one group: its mean, its spread, and how it goes with the responses."""

    scale: str = say("the scale (VAS)")
    group: str = say("the group")
    mean: float = say("the mean score")
    sd: float = say("its standard deviation between people")
    correlation: dict[str, float] = say(
        "by analyte, the correlation of the score with a donor's true response to the stimuli "
        "(with the level, where nothing is given): {TNF: 0.5}",
        scale="correlation",
        default_factory=dict,
    )
    visit: str = say("the visit; left out: all", default="")
    source: str = say(_SOURCE, default="")


@dataclass(frozen=True, kw_only=True)
class AssumedShare:
    """How many people of each group have something in a column of donors.csv: a medication, a
    sex.
    """

    column: str = say("the column (pregabalin)")
    value: str = say("what stands there (yes)")
    shares: dict[str, float] = say(
        "the share of each group, 0 to 1: {FM: 0.4, HC: 0}", scale="share"
    )
    source: str = say(_SOURCE, default="")


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far the numbers of one donor go together: correlations."""

    analytes: float = say("of one analyte with another", scale="correlation", default=0.4)
    readouts: float = say(
        "of one analyte in one assay with the same in another", scale="correlation", default=0.7
    )
    cell_types: float = say("of one cell type with another", scale="correlation", default=0.5)
    visits: float = say("of one visit with another", scale="correlation", default=0.7)
    stimuli: float = say(
        "of the response to one stimulus with that to another", scale="correlation", default=0.8
    )
    scores: float = say(
        "of one scale with another, and of one visit's with another's",
        scale="correlation",
        default=0.5,
    )
    level_and_response: float = say(
        "of the level at rest with the response", scale="correlation", default=0.0
    )
    source: str = say(_SOURCE, default="")


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What is assumed of the people, their cells and the assays, for a plan of the study."""

    effects: tuple[AssumedEffect, ...] = say("what multiplies the amount in some wells", default=())
    spreads: tuple[AssumedSpread, ...] = say("how far results differ (SD, log2)", default=())
    levels: tuple[AssumedLevel, ...] = say("how much there is at rest", default=())
    scores: tuple[AssumedScore, ...] = say("clinical scales, group by group", default=())
    shares: tuple[AssumedShare, ...] = say("who takes a medication, and the like", default=())
    agreement: Agreement = say(
        "how far the numbers of one donor go together", default_factory=Agreement
    )
    dropouts: float = say("the share of donors that is lost, 0 to 1", scale="share", default=0.0)
    donors: Shape = say(
        "how donors are spread: normal, skewed (lognormal on the log2 scale), heavy (tails of "
        "Student's t with 4 degrees of freedom); the SD is the same",
        default="normal",
    )
