"""The fields of the virtual study's REDCap project, as its data dictionary lists them.

Written from what REDCap's own exports show (18 columns of the dictionary, choices as `1, yes | 2,
no`); no wording of any questionnaire.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from exvivo.simulate.parameters import ModelStudy, ScaleTruth

ENROLMENT, VISIT, HADS, AREAS, QUALITY, DIARY = (
    "enrolment",
    "visit",
    "hads",
    "painful_areas",
    "quality_of_life",
    "pain_diary",
)
HEADER = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
ANXIETY = tuple(f"hads{number}" for number in range(1, 15, 2))
DEPRESSION = tuple(f"hads{number}" for number in range(2, 15, 2))
_HADS_SCORES = {"HADS_A": ("hads_a", ANXIETY), "HADS_D": ("hads_d", DEPRESSION)}
_MOST = 21
"""The highest score of seven items of the HADS."""
Kind = Literal["text", "notes", "radio", "yesno", "checkbox", "slider", "calc"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One line of a data dictionary. `choices` are the codes of a radio or checkbox with their
    labels, a formula, or the words of a slider.
    """

    name: str
    form: str
    kind: Kind
    label: str
    choices: str = ""
    validation: str = ""
    lowest: str = ""
    highest: str = ""
    is_identifier: bool = False
    branching: str = ""

    @property
    def codes(self) -> dict[str, str]:
        """The codes of its choices, each with its label."""
        if self.kind == "yesno":
            return {"1": "Yes", "0": "No"}
        if self.kind not in ("radio", "checkbox"):
            return {}
        pairs = (choice.split(",", 1) for choice in self.choices.split("|"))
        return {code.strip(): label.strip() for code, label in pairs}

    @property
    def line(self) -> tuple[str, ...]:
        """Its line of the dictionary, under `HEADER`."""
        identifier = "y" if self.is_identifier else ""
        limits = (self.validation, self.lowest, self.highest)
        first = (self.name, self.form, "", self.kind, self.label, self.choices, "", *limits)
        return (*first, identifier, self.branching, *[""] * 6)


def fields_of(p: ModelStudy) -> tuple[Field, ...]:
    """The fields of a project that records the scales of a virtual study, form by form."""
    hads = _hads() if has_hads(p.scales) else ()
    plain = [scale for scale in p.scales if field_of(scale, p.scales) and scale.id != "VAS"]
    pain = [_pain()] * any(scale.id == "VAS" for scale in p.scales)
    totals = (_total(scale) for scale in plain)
    return (*_enrolment(), _visit_date(), *pain, *hads, _areas(), *totals, *_diary())


def has_hads(scales: Sequence[ScaleTruth]) -> bool:
    """Whether both scores of the HADS are among the scales: its items are asked then."""
    return {s.id for s in scales if s.highest == _MOST} >= set(_HADS_SCORES)


def field_of(scale: ScaleTruth, scales: Sequence[ScaleTruth]) -> str:
    """The field of a ready score; empty for a score that is made of items."""
    if scale.id in _HADS_SCORES and has_hads(scales):
        return ""
    return "pain_vas" if scale.id == "VAS" else f"{scale.id.lower()}_score"


def _enrolment() -> tuple[Field, ...]:
    """Who a person is: identifiers, group, sex, body, medication."""
    groups = "1, People with fibromyalgia | 2, Healthy people"
    meds = "1, opioid | 2, SNRI | 3, gabapentinoid | 9, other"
    return (
        Field(name="record_id", form=ENROLMENT, kind="text", label="Study ID (SIMULATED)"),
        _text("first_name", "First name", is_identifier=True),
        _text("dob", "Date of birth", "date_dmy", is_identifier=True),
        Field(
            name="study_group", form=ENROLMENT, kind="radio", label="Study group", choices=groups
        ),
        Field(name="sex", form=ENROLMENT, kind="radio", label="Sex", choices="0, female | 1, male"),
        _text("height", "Height (m)", "number_comma_decimal", ("1,2", "2,3")),
        _text("weight", "Weight (kg)", "number", ("30", "250")),
        _calculated("bmi", ENROLMENT, "Body mass index", "round([weight]/([height]^2),1)"),
        Field(
            name="menopause",
            form=ENROLMENT,
            kind="yesno",
            label="After menopause",
            branching="[sex] = '0'",
        ),
        Field(name="meds", form=ENROLMENT, kind="checkbox", label="Medication, now", choices=meds),
        Field(name="comments", form=ENROLMENT, kind="notes", label="Comments"),
    )


def _text(
    name: str,
    label: str,
    validation: str = "",
    limits: tuple[str, str] = ("", ""),
    *,
    form: str = ENROLMENT,
    is_identifier: bool = False,
) -> Field:
    lowest, highest = limits
    return Field(
        name=name,
        form=form,
        kind="text",
        label=label,
        validation=validation,
        lowest=lowest,
        highest=highest,
        is_identifier=is_identifier,
    )


def _calculated(name: str, form: str, label: str, formula: str) -> Field:
    return Field(name=name, form=form, kind="calc", label=label, choices=formula)


def _visit_date() -> Field:
    return _text("visit_date", "Date of the visit", "date_dmy", form=VISIT)


def _pain() -> Field:
    labels = "none | | worst"
    return Field(
        name="pain_vas",
        form=VISIT,
        kind="slider",
        label="Pain, now",
        choices=labels,
        validation="number",
    )


def _hads() -> tuple[Field, ...]:
    """Fourteen items in points, and both scores as calculated fields."""
    choices = "0, 0 | 1, 1 | 2, 2 | 3, 3"
    items = (
        Field(name=f"hads{n}", form=HADS, kind="radio", label=f"item {n}", choices=choices)
        for n in range(1, 15)
    )
    sums = (
        _calculated(name, HADS, score, f"sum([{'],['.join(of)}])")
        for score, (name, of) in _HADS_SCORES.items()
    )
    return (*items, *sums)


def _areas() -> Field:
    """A form of checkboxes only: never opened, it exports zeros."""
    sides = [f"{part} {side}" for part in ("shoulder", "hip", "leg") for side in ("left", "right")]
    places = [*sides, "neck", "back"]
    choices = " | ".join(f"{number}, {place}" for number, place in enumerate(places, 1))
    return Field(
        name="areas", form=AREAS, kind="checkbox", label="Painful areas, last week", choices=choices
    )


def _total(scale: ScaleTruth) -> Field:
    name = f"{scale.id.lower()}_score"
    return _text(name, scale.name, "integer", ("0", f"{scale.highest:g}"), form=QUALITY)


def _diary() -> tuple[Field, ...]:
    return (
        _text("diary_time", "Day and time", "datetime_dmy", form=DIARY),
        _text("diary_pain", "Pain, 0 to 10", "integer", ("0", "10"), form=DIARY),
    )
