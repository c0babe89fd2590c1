"""What study.yaml says of the people: questionnaires, characteristics, and a REDCap project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from exvivo.study.say import say


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A clinical scale: a column of clinic.csv, or a score of a questionnaire."""

    id: str = say("the column of clinic.csv (VAS)")
    name: str = say("the scale in words (pain, visual analogue scale)")
    lowest: float = say("the lowest possible score")
    highest: float = say("the highest possible score")
    higher_is: Literal["worse", "better"] = say("what a higher score means for the person")
    column: str = say(
        "its column or REDCap field, where that is not called as the scale", default=""
    )
    questionnaire: str = field(default="", metadata={"internal": True})

    @property
    def place(self) -> str:
        """The column or field of its scores."""
        return self.column or self.id


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """A questionnaire that the people filled in: its scores are scales of the study."""

    id: str = say("the questionnaire (HADS); `exvivo scales` lists those that are known")
    file: str = say(
        "the scoring key of a scale of your own: a YAML file of the study folder", default=""
    )
    items: tuple[str, ...] = say(
        "the columns (or REDCap fields) of its items, in the order of the questionnaire; "
        '"hads{1-14}" stands for hads1 to hads14. Left out: only totals are there',
        default=(),
    )
    totals: dict[str, str] = say(
        "columns (or REDCap fields) of ready totals, by score: {HADS_A: hads_anxiety}. Beside "
        "items both must agree",
        default_factory=dict,
    )
    coding: str = say(
        "how the answers are written down, where the questionnaire has several ways (points, "
        "agreement)",
        default="",
    )
    table: str = say(
        "your table from raw sums to T-scores (PROMIS), or from profiles to an index (EQ-5D): a "
        "csv of the study folder",
        default="",
    )
    scores: tuple[str, ...] = say("its scores that are used; left out: all", default=())


@dataclass(frozen=True, kw_only=True)
class Characteristic:
    """What is known of each donor, as the first table of a paper lists it: a column of donors.csv,
    or a field of REDCap.
    """

    id: str = say("the column of donors.csv (age)")
    kind: Literal["number", "category", "yes or no", "medication", "date"] = say(
        "`number` is told by mean, sd, median and range, a `category` by counts, a `medication` is "
        "a list of ATC codes or of names; never guessed from the cells"
    )
    name: str = say("in words (age); left out: as the column", default="")
    unit: str = say("of a number (years)", default="")
    levels: tuple[str, ...] = say("the levels of a category, in their order", default=())
    field: str = say("the REDCap field it is read from", default="")


@dataclass(frozen=True, kw_only=True)
class Instance:
    """Which row of a form that repeats counts."""

    form: str = say("the form (REDCap: instrument) or event that repeats")
    use: Literal["first", "last", "mean", "nearest"] = say(
        "`nearest`: the one whose `date` is nearest to the blood draw"
    )
    date: str = say("the field with the date of a row, for `nearest`", default="")
    within: int | None = say("days from the blood draw at most, for `nearest`", default=None)


@dataclass(frozen=True, kw_only=True)
class Redcap:
    """A REDCap project: its data dictionary and an export of its records, read as they are."""

    dictionary: str = say("the data dictionary (csv), as REDCap downloads it")
    data: str = say("the export of the records (csv), raw or with labels")
    events: str = say("the list of events (csv)", default="")
    xml: str = say(
        "the project as XML (ODM): a second source of codes, events and repeats", default=""
    )
    donor: str = say("the field with the record's id; left out: the first field", default="")
    links: str = say(
        "a table with the columns record and donor: the names of the donors at the bench. No "
        "report reads it",
        default="",
    )
    group: str = say(
        "the field with the group; left out: everybody is of the one group of study.yaml",
        default="",
    )
    groups: dict[str, str] = say(
        "its codes, each with the group of study.yaml: {1: FM, 2: HC}", default_factory=dict
    )
    visits: dict[str, str] = say(
        "the events, each with the visit of the plates: {enrolment_arm_1: 1}", default_factory=dict
    )
    missing: dict[str, str] = say(
        "missing-data codes of the project, each with its label: {-99: Refused, UNK: Unknown}",
        default_factory=dict,
    )
    born: str = say("the field with the day of birth: only the age is taken of it", default="")
    seen: str = say("the field with the day of the visit", default="")
    drawn: str = say("the field with the day of the blood draw", default="")
    instances: tuple[Instance, ...] = say("which rows of forms that repeat count", default=())
    ignored: dict[str, str] = say(
        "fields that are not read, each with the reason", default_factory=dict
    )
    address: str = say(
        "the address of the project's API, for `exvivo fetch`: https://redcap.example.org/api/",
        default="",
    )
