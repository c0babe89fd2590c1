"""Which fields say who a person is: the record's id, the group, days, and characteristics. By type,
choices and words of names and labels; what was proposed by words is asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from exvivo.draft.redcap.words import holds, plain, words
from exvivo.read.redcap import Field
from exvivo.study import Group
from exvivo.study.clinic_records import Characteristic

_GROUP = ("group", "cohort", "diagnos", "case ", "casecontrol", "gruppe", "groupe", "grupo")
_ARMS = ("arm", "study_arm", "trial_arm", "treatment_arm")
_BORN = ("birth", "born", "dob ", "geburt", "naissance", "nacimiento")
_SEEN = ("visit", "assessment", "interview", "examin", "seen", "today", "besuch")
_DRAWN = ("blood", "drawn", "draw ", "sampl", "venepuncture", "venipuncture", "blut")
_CONSENT = ("consent", "withdraw", "einwilligung")
_MEDICATION = ("medic", "meds", "drug", "treatment", "therap", "comedic")
_OF_PEOPLE = (
    *("sex ", "gender", "age ", "bmi", "body", "height", "weight", "menopaus", "smok", "duration"),
    *("years", "education", "employ", "marital", "ethnic", "race", "comorb", "alcohol", "onset"),
)
_UNIT = {"age": "years", "bmi": "kg/m2", "height": "", "weight": "kg"}
_MOST_GROUPS, _MOST_LEVELS = 6, 12
_CHOSEN = ("radio", "dropdown")
_NUMBERS = ("number", "integer")
_SHORT = 16
_FEW_WORDS = 4
_BARE = ("age ", "bmi", "height", "weight")
"""Numbers of which a field needs no validation."""
_SMALL = {"people", "persons", "patients", "with", "without", "of", "the", "and", "group", "a"}


@dataclass(frozen=True)
class Proposed:
    """A field that was taken for something, with the others that it may be as well."""

    field: str = ""
    others: tuple[str, ...] = ()


def groups_among(fields: Iterable[Field]) -> Proposed:
    """The field of choices that is called as groups are."""
    may = [each for each in fields if each.kind in _CHOSEN and not each.is_identifier]
    few = [each for each in may if 1 < len(each.choices) <= _MOST_GROUPS and not is_consent(each)]
    by_name = [each for each in few if holds((each.name,), _GROUP) or each.name in _ARMS]
    by_label = [each for each in few if len(words(each.label)) <= _FEW_WORDS]
    return _first([*by_name, *(e for e in by_label if holds((e.label,), _GROUP))])


def born_among(fields: Iterable[Field]) -> Proposed:
    """The day of birth, which may be an identifier."""
    return _first(each for each in fields if is_date(each) and is_called(each, _BORN))


def seen_among(fields: Iterable[Field]) -> Proposed:
    """The day of the visit."""
    dates = [each for each in fields if is_date(each) and not each.is_identifier]
    return _first(each for each in dates if is_called(each, _SEEN))


def drawn_among(fields: Iterable[Field]) -> Proposed:
    """The day of the blood draw."""
    dates = [each for each in fields if is_date(each) and not each.is_identifier]
    return _first(each for each in dates if is_called(each, _DRAWN))


def _first(fields: Iterable[Field]) -> Proposed:
    names = list(dict.fromkeys(each.name for each in fields))
    return Proposed(names[0], tuple(names[1:])) if names else Proposed()


def is_called(each: Field, stems: Collection[str]) -> bool:
    """Whether the name or label of a field holds a word that begins so."""
    return holds((each.name, each.label), stems)


def is_date(each: Field) -> bool:
    """Whether a field holds days."""
    return each.kind == "text" and each.validation.startswith("date")


def is_consent(each: Field) -> bool:
    """Whether a field tells of consent."""
    return is_called(each, _CONSENT)


def groups_of(chosen: Field) -> tuple[Group, ...]:
    """A group for each choice of the field, under a short name made of its label."""
    names = list(chosen.choices.values())
    return tuple(
        Group(id=name, name=label) for name, label in zip(short_names(names), names, strict=True)
    )


def short_names(labels: Sequence[str]) -> list[str]:
    """Short names for some labels: a short label itself, else the words that only it has.

    >>> short_names(["People with fibromyalgia", "Healthy people"]), short_names(["FM", "HC"])
    (['fibromyalgia', 'healthy'], ['FM', 'HC'])
    """
    if all(len(label) <= _SHORT for label in labels):
        return _each_once([_fit_for_id(label) for label in labels])
    own = [words(label) for label in labels]
    shared = set.intersection(*map(set, own)) if len(own) > 1 else set()
    return _each_once([_without(each, shared | _SMALL) for each in own])


def _without(own: Iterable[str], others: Collection[str]) -> str:
    """Words but for some, as one text."""
    return " ".join(word for word in own if word not in others)


def _fit_for_id(label: str) -> str:
    return "".join(sign for sign in label if sign.isalnum() or sign in "_.- ").strip()


def _each_once(names: Sequence[str]) -> list[str]:
    """Names as ids: none empty, none twice."""
    made: list[str] = []
    for number, name in enumerate(names, start=1):
        usable = name and name not in made
        made.append(name if usable else f"group {number}")
    return made


def characteristics_among(
    fields: Iterable[Field], forms: Collection[str]
) -> Iterator[Characteristic]:
    """What is known of a person, by the types of the dictionary: fields of the forms that hold
    group and birth, and those called as characteristics usually are.
    """
    for each in fields:
        of_person = each.form in forms or is_called(each, (*_OF_PEOPLE, *_MEDICATION))
        if of_person and not each.is_identifier and not is_consent(each):
            yield from _characteristic(each)


def _characteristic(each: Field) -> Iterator[Characteristic]:
    if each.kind in _CHOSEN and 1 < len(each.choices) <= _MOST_LEVELS:
        levels = tuple(dict.fromkeys(each.choices.values()))
        yield Characteristic(id=each.name, kind="category", name=_name(each), levels=levels)
    elif each.kind in ("yesno", "truefalse"):
        yield Characteristic(id=each.name, kind="yes or no", name=_name(each))
    elif each.kind == "checkbox" and is_called(each, _MEDICATION):
        yield Characteristic(id=each.name, kind="medication", name=_name(each))
    elif is_number(each):
        yield Characteristic(id=each.name, kind="number", name=_name(each), unit=_unit(each))


def is_number(each: Field) -> bool:
    """Whether a field holds numbers by its type, or by a plain name without one."""
    if each.kind == "text":
        bare = not each.validation and holds((each.name,), _BARE)
        return bare or each.validation.startswith(_NUMBERS)
    return each.kind in ("calc", "slider")


def _name(each: Field) -> str:
    """Its label without the unit; nothing where the label says no more than its name."""
    label = each.label.partition("(")[0].strip().rstrip(":")
    return "" if plain(label) == plain(each.name) else label


def _unit(each: Field) -> str:
    """The unit in brackets behind its label, else the usual one."""
    _, bracket, rest = each.label.partition("(")
    told = rest.partition(")")[0].strip() if bracket else ""
    return told or _UNIT.get(each.name, "")
