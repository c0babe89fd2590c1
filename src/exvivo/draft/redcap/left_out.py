"""Why a field of a project is not read: a short reason for each that was taken for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.draft.redcap.numbers import asked_in
from exvivo.draft.redcap.people import is_consent, is_date, is_number
from exvivo.draft.redcap.proposal import Proposal
from exvivo.draft.redcap.words import patterns
from exvivo.read.redcap import Field

IDENTIFIER = "marked Identifier: never read"
_BY_KIND = {
    "descriptive": "a text on the form",
    "notes": "free text",
    "file": "a file",
    "sql": "a list of the database",
    "checkbox": "several answers at once: no characteristic",
}
_CONTACT = ("email", "phone", "zip", "postal", "ssn", "mrn")
_OTHER = "no questionnaire that exvivo knows, and no characteristic"


def left_out(made: Proposal) -> dict[str, str]:
    """Every field that is not read, with the reason; fields in a row as one pattern."""
    reasons = {each.name: _reason(each, made) for each in _unused(made)}
    rows: dict[str, list[str]] = {}
    for name, why in reasons.items():
        rows.setdefault(why, []).append(name)
    left: dict[str, str] = {}
    for why, names in rows.items():
        left |= dict.fromkeys(patterns(names), why)
    return left


def compared(made: Proposal) -> list[str]:
    """The calculated fields that are read for nothing, but made of fields that are: they are
    computed again and compared.
    """
    unused = (each for each in made.dictionary.fields if each.name not in made.used)
    return [each.name for each in unused if is_compared(each, made)]


def is_compared(each: Field, made: Proposal) -> bool:
    """Whether a field is calculated from fields that are read."""
    asked = asked_in(each.calculation)
    return bool(asked) and asked <= made.used


def _unused(made: Proposal) -> Iterator[Field]:
    for each in made.dictionary.fields:
        if each.name not in made.used and not is_compared(each, made):
            yield each


def _reason(each: Field, made: Proposal) -> str:
    if each.is_identifier:
        return IDENTIFIER
    for fit in made.partly:
        if each.name in {column.field.name for column in fit.columns}:
            return f"{fit.key.id}, of which {fit.why}"
    for own, keys in made.alike:
        if each.name in {column.field.name for column in own}:
            return f"perhaps {' or '.join(key.id for key in keys)}"
    return _BY_KIND.get(each.kind) or _by_use(each, made)


def _by_use(each: Field, made: Proposal) -> str:
    """The reason for a field whose kind gives none."""
    if is_consent(each):
        return "consent: `exvivo withdraw` for who withdrew"
    if each.validation.startswith(_CONTACT):
        return "contact"
    if is_date(each):
        return "a day that nothing needs"
    if each.kind == "text" and not is_number(each):
        return "free text"
    return _OTHER
