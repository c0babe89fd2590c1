"""What questions of study.yaml must agree with: names that are declared, each once, and what one
kind of question needs and others do not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import assert_never

from exvivo.study.entry import Entry, Mistakes
from exvivo.study.identity_checks import identity_mistakes
from exvivo.study.ids import ids
from exvivo.study.nodes import required
from exvivo.study.question_records import (
    Association,
    Change,
    Compared,
    Difference,
    Effect,
    Identity,
    Measured,
    Mediation,
    Question,
    Specificity,
    Treatment,
    condition_of,
    margin_of,
    margin_wants_reason,
)
from exvivo.study.records import Study

_DECLARED_IN = {
    "assays": ("assays", "assay"),
    "analytes": ("analytes", "analyte"),
    "against": ("analytes", "analyte"),
    "stimulus": ("stimuli", "stimulus"),
    "blocked": ("stimuli", "stimulus"),
    "condition": ("stimuli", "stimulus"),
    "cell_type": ("cell_types", "cell type"),
    "against_cell_type": ("cell_types", "cell type"),
    "groups": ("groups", "group"),
    "within": ("groups", "group"),
    "scales": ("scales", "scale"),
}
"""Fields of questions that name something: the part of the study that declares it, and its word."""


def question_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Questions that name nothing, the same thing twice, or something study.yaml does not
    declare.
    """
    yield from _mixed_families(study, entry)
    yield from _arms_of_two(study, entry)
    for i, question in enumerate(study.questions):
        yield from _mistakes_of(study, question, entry.at("questions", i))


def _mistakes_of(study: Study, question: Question, entry: Entry) -> Mistakes:
    """Everything to fix in one question."""
    if not isinstance(question, Identity):
        yield from _measured_mistakes(study, question, entry)
    yield from _undeclared_names(study, question, entry)
    yield from _own_mistakes(study, question, entry)


def questions_in_doubt(study: Study, entry: Entry) -> set[int]:
    """The places of questions in which something is to fix."""
    every = enumerate(study.questions)
    return {i for i, question in every if any(_mistakes_of(study, question, entry.at(i)))}


def _measured_mistakes(study: Study, question: Measured, entry: Entry) -> Mistakes:
    """What every question about results needs."""
    for field, names in _lists(question).items():
        yield from _list_mistakes(field, names, entry)
    yield from _cell_type_mistakes(study, question, entry)
    yield from _stimulus_mistakes(study, question, entry)
    yield from _condition_mistakes(question, entry)
    if isinstance(question, Difference | Association):
        yield from _adjust_mistakes(question, entry)
    if isinstance(question, Compared):
        yield from _group_mistakes(question, entry)
    if isinstance(question, Difference | Change | Effect):
        yield from _margin_mistakes(question.margin, entry)


def _mixed_families(study: Study, entry: Entry) -> Mistakes:
    """A family that is a screen in one question and not in another: it can be corrected in one way
    only.
    """
    screens = [isinstance(q, Difference) and q.screen for q in study.questions]
    families = [question.family or question.id for question in study.questions]
    confirmed = {family for family, screen in zip(families, screens, strict=True) if not screen}
    for i, (family, screen) in enumerate(zip(families, screens, strict=True)):
        if screen and family in confirmed:
            yield entry.at("questions", i).mistake(
                f"a screen in the family `{family}`, whose other questions are none",
                "one way of correction in a family",
                "give the screen a family of its own",
                field="screen",
            )


def _arms_of_two(study: Study, entry: Entry) -> Mistakes:
    """One arm with an antagonist compared with two stimuli: each arm belongs to one."""
    stimulus_of: dict[str, str] = {}
    for i, question in enumerate(study.questions):
        if not isinstance(question, Effect):
            continue
        first = stimulus_of.setdefault(question.blocked, question.stimulus)
        if first != question.stimulus:
            yield entry.at("questions", i).mistake(
                f"`{question.blocked}` against `{question.stimulus}`, and against `{first}` in "
                "another question",
                "one stimulus that an arm is compared with",
                "declare the antagonist with each stimulus as an arm of its own",
                field="blocked",
            )


def _lists(question: Measured) -> dict[str, tuple[str, ...]]:
    """What a question asks about, by field; a change may be asked without scales."""
    lists = {"assays": question.assays, "analytes": question.analytes}
    if isinstance(question, Association | Mediation):
        lists["scales"] = question.scales
    if isinstance(question, Change) and question.scales:
        lists["scales"] = question.scales
    return lists


def _list_mistakes(field: str, names: tuple[str, ...], entry: Entry) -> Mistakes:
    """A list that is empty, or names something twice."""
    if not names:
        yield entry.mistake(
            f"no {field}",
            "at least one",
            f"name the {field} asked, or remove the question",
            field=field,
        )
    yield from _repeated_names(field, names, entry)


def _repeated_names(field: str, names: tuple[str, ...], entry: Entry) -> Mistakes:
    for name, count in Counter(names).items():
        if count > 1:
            yield entry.mistake(
                f"`{name}` more than once",
                "each once: each is one test of the family",
                "remove the others",
                field=field,
            )


def _undeclared_names(study: Study, question: Question, entry: Entry) -> Mistakes:
    for field in fields(question):
        if field.name in _DECLARED_IN and not _is_own_word(question, field.name):
            part, what = _DECLARED_IN[field.name]
            value = getattr(question, field.name)
            names = value if isinstance(value, tuple) else (value,)
            if names != ("",) or required(field):
                yield from entry.undeclared(field.name, names, ids(getattr(study, part)), what)


def _is_own_word(question: Question, field: str) -> bool:
    """Whether a field holds a word of one's own: what cells of a table of expression were cultured
    in is no stimulus of the plates.
    """
    return isinstance(question, Identity) and field == "condition"


def _cell_type_mistakes(study: Study, question: Measured, entry: Entry) -> Mistakes:
    if not question.cell_type and len(study.cell_types) > 1:
        expected = "one of the declared cell types"
        yield entry.mistake("no cell_type", expected, "add `cell_type: ...`")


def _stimulus_mistakes(study: Study, question: Measured, entry: Entry) -> Mistakes:
    if question.stimulus and question.stimulus == study.control_stimulus():
        yield entry.mistake(
            f"`{question.stimulus}`, the control condition",
            "a stimulus to compare with it",
            "name the stimulus; leave `stimulus` out to ask about the unstimulated level",
            field="stimulus",
        )


def _condition_mistakes(question: Measured, entry: Entry) -> Mistakes:
    """A level under a stimulus and the response to one in the same question."""
    if question.stimulus and condition_of(question):
        yield entry.mistake(
            f"`stimulus: {question.stimulus}` and `condition: {condition_of(question)}`",
            "one of both: a response to a stimulus, or the level under it",
            "remove one, or ask two questions",
            field="condition",
        )


def _adjust_mistakes(question: Difference | Association, entry: Entry) -> Mistakes:
    """An adjusted answer that adjusts for nothing."""
    if question.answer == "adjusted" and not question.adjust:
        yield entry.mistake(
            "`answer: adjusted` without `adjust`",
            "the columns of donors.csv that are adjusted for",
            "name them (`adjust: [age]`), or remove `answer`",
            field="answer",
        )


def _group_mistakes(question: Compared, entry: Entry) -> Mistakes:
    if len(set(question.groups)) != 2:
        finding, cure = ", ".join(question.groups), "write [first, second]"
        yield entry.mistake(finding, "two groups", cure, field="groups")


def _margin_mistakes(margin: float | None, entry: Entry) -> Mistakes:
    if margin is not None and margin <= 0:
        expected = "a log2 fold above 0"
        yield entry.mistake(f"{margin:g}", expected, "1 is two-fold", field="margin")


def columns_asked(question: Question) -> tuple[str, ...]:
    """The columns of donors.csv that a question names."""
    exposure = (question.exposure,) if isinstance(question, Treatment) else ()
    adjust: tuple[str, ...] = getattr(question, "adjust", ())
    return (*adjust, *exposure)


def margins_without_reason(study: Study) -> dict[str, float]:
    """Questions whose margin is so large that equivalence is claimed with a reason only, and that
    give none: the margin (log2 fold) by id.
    """
    return {q.id: margin_of(q) or 0.0 for q in study.questions if margin_wants_reason(q)}


def _own_mistakes(study: Study, question: Question, entry: Entry) -> Mistakes:
    """What one kind of question needs and others do not."""
    match question:
        case Specificity():
            yield from _specificity_mistakes(question, entry)
        case Effect():
            yield from _effect_mistakes(question, entry)
        case Change():
            yield from _change_mistakes(question, entry)
        case Treatment():
            yield from _treatment_mistakes(question, entry)
        case Identity():
            yield from identity_mistakes(question, study, entry)
        case Difference() | Association() | Mediation():
            pass
        case _:
            assert_never(question)


def _specificity_mistakes(question: Specificity, entry: Entry) -> Mistakes:
    if not question.against and not question.against_cell_type:
        yield entry.mistake(
            "neither `against` nor `against_cell_type`",
            "what the difference is held against",
            "name the other analytes, or the other cells of the same donors",
        )
    yield from _against_itself(question, entry)
    yield from _against_own_cells(question, entry)


def _against_itself(question: Specificity, entry: Entry) -> Mistakes:
    for own in question.analytes:
        if set(question.against) == {own}:
            expected = "at least one other analyte"
            yield entry.mistake(f"only {own} itself", expected, "add others", field="against")


def _against_own_cells(question: Specificity, entry: Entry) -> Mistakes:
    cells = question.against_cell_type
    if cells and cells == question.cell_type:
        finding = f"`{cells}`, the cell type asked"
        yield entry.mistake(finding, "another one", "name it", field="against_cell_type")


def _effect_mistakes(question: Effect, entry: Entry) -> Mistakes:
    if question.blocked == question.stimulus:
        yield entry.mistake(
            f"`{question.blocked}`, the stimulus itself",
            "another arm of the same cells",
            "declare the stimulus with the antagonist as a stimulus of its own",
            field="blocked",
        )


def _change_mistakes(question: Change, entry: Entry) -> Mistakes:
    if len(set(question.visits)) < 2:
        yield entry.mistake(
            ", ".join(question.visits) or "none",
            "two visits or more, in their order",
            "name the visits as the layouts do",
            field="visits",
        )


def _treatment_mistakes(question: Treatment, entry: Entry) -> Mistakes:
    if not question.exposed:
        expected = "the word for an exposed donor"
        yield entry.mistake("nothing", expected, "write it (yes)", field="exposed")
