"""A REDCap project as XML (CDISC ODM 1.3.1 with the extensions of REDCap): the second source of its
fields, codes, events, arms, repeats and missing-data codes.

It is the file `project.xml` that REDCap downloads. The answers in it (ClinicalData) are not read:
answers are read from the csv export only.

Specification: CDISC Operational Data Model 1.3.1, www.cdisc.org/standards/data-exchange/odm
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exvivo.cells.guards import parse_xml
from exvivo.cells.messages import read_error
from exvivo.read.redcap.dictionary import Dictionary, Field
from exvivo.read.redcap.events import Events
from exvivo.read.result import Ignored
from exvivo.sources import Content
from exvivo.words import shortened

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAMESPACES = ("{https://projectredcap.org}", "{http://projectredcap.org}")
_KINDS = {"select": "dropdown", "textarea": "notes"}
"""Kinds of fields that the XML calls otherwise than the dictionary."""
_VALIDATIONS = {"int": "integer", "float": "number"}
_CHOSEN = frozenset({"dropdown", "radio", "yesno", "truefalse"})
_ITEM = re.compile(rb'<ItemDef\s[^>]*?\bOID="([^"]*)"')


@dataclass(frozen=True)
class Odm:
    """What the XML says of a project.

    `events` has no names where the project has no events. `forms` are those of each event, `arms`
    the names of the arms by number. `repeating` are pairs of an event (empty without events) and
    the form that repeats in it, the form empty where the whole event repeats.
    """

    dictionary: Dictionary
    events: Events
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    arms: Mapping[str, str] = field(default_factory=dict)
    repeating: frozenset[tuple[str, str]] = frozenset()
    missing: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[Ignored, ...] = ()


def read_odm(content: Content) -> Odm:
    """The project that an XML describes.

    Raises `ReadError` for XML that is not well formed or declares a document type, and for XML
    without the extensions of REDCap.
    """
    root = parse_xml(content.raw, content.name)
    fields = tuple(_fields(root, _lines(content.raw)))
    if _local(root) != "ODM" or not fields:
        raise read_error(
            content.name,
            f"XML that begins with {_local(root)[:40]} and has no fields of REDCap",
            "a project of REDCap as XML (CDISC ODM with the extensions of REDCap)",
            "download it in REDCap: Project Setup, Other Functionality, metadata only (XML)",
        )
    events = [event for event in _all(root, "StudyEventDef") if _of(event, "UniqueEventName")]
    names = {_of(event, "UniqueEventName"): _forms(event) for event in events}
    return Odm(
        Dictionary(content.name, fields),
        Events(content.name, tuple(names), dict(_labels(events))),
        names,
        {_of(event, "ArmNum"): _of(event, "ArmName") for event in events},
        frozenset(_repeating(root, names)),
        dict(_missing(root)),
        tuple(_ignored(root)),
    )


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(root: Element, name: str) -> Iterator[Element]:
    """The elements of a name, in any namespace, in their order."""
    return (element for element in root.iter() if _local(element) == name)


def _of(element: Element, name: str) -> str:
    """An attribute of REDCap's; empty without it."""
    texts = (element.get(namespace + name) for namespace in _NAMESPACES)
    return next((text.strip() for text in texts if text is not None), "")


def _text(element: Element, *path: str) -> str:
    """The text at the end of a path of names; empty without it."""
    for name in path:
        inner = next((child for child in element if _local(child) == name), None)
        if inner is None:
            return ""
        element = inner
    return " ".join((element.text or "").split())


def _lines(raw: bytes) -> dict[str, int]:
    """The line of the definition of each item."""
    lines: dict[str, int] = {}
    line = place = 0
    for match in _ITEM.finditer(raw):
        line += raw.count(b"\n", place, match.start())
        place = match.start()
        lines[match[1].decode("utf-8", "replace")] = line + 1
    return lines


def _fields(root: Element, lines: Mapping[str, int]) -> Iterator[Field]:
    """The fields in their order: the boxes of a checkbox are one, the status of a form is none."""
    forms = dict(_form_of_each(root))
    codes = {code_list.get("OID", ""): code_list for code_list in _all(root, "CodeList")}
    before = {f"{form}_complete" for form in forms.values()}
    for item in _all(root, "ItemDef"):
        name, kind = _of(item, "Variable"), _of(item, "FieldType")
        if kind and name not in before and name in forms:
            before.add(name)
            yield _field(item, forms[name], codes, lines.get(item.get("OID", ""), 0))


def _form_of_each(root: Element) -> Iterator[tuple[str, str]]:
    """Each field with its form."""
    groups = {
        group.get("OID", ""): [_of(item, "Variable") for item in _all(group, "ItemRef")]
        for group in _all(root, "ItemGroupDef")
    }
    for form in _all(root, "FormDef"):
        for group in _all(form, "ItemGroupRef"):
            for name in groups.get(group.get("ItemGroupOID", ""), ()):
                yield name, _of(form, "FormName")


def _field(item: Element, form: str, codes: Mapping[str, Element], line: int) -> Field:
    written = _of(item, "FieldType").lower()
    kind = _KINDS.get(written, written)
    validation = _of(item, "TextValidationType").lower()
    lowest, highest = (_limit(item, comparator) for comparator in ("GE", "LE"))
    return Field(
        name=_of(item, "Variable"),
        form=form,
        kind=kind,
        label=_text(item, "Question", "TranslatedText"),
        choices=_choices(item, kind, codes),
        validation=_VALIDATIONS.get(validation, validation),
        lowest=lowest,
        highest=highest,
        is_identifier=_of(item, "Identifier").lower() in ("y", "yes", "1", "true"),
        branching=_of(item, "BranchingLogic"),
        calculation=_of(item, "Calculation"),
        annotation=_of(item, "FieldAnnotation"),
        line=line,
    )


def _limit(item: Element, comparator: str) -> str:
    checks = (check for check in item if _local(check) == "RangeCheck")
    return next(
        (_text(check, "CheckValue") for check in checks if check.get("Comparator") == comparator),
        "",
    )


def _choices(item: Element, kind: str, codes: Mapping[str, Element]) -> dict[str, str]:
    """The labels by code, of the kinds of fields that have choices."""
    reference = next((child for child in item if _local(child) == "CodeListRef"), None)
    listed = None if reference is None else codes.get(reference.get("CodeListOID", ""))
    if listed is None:
        return {}
    if kind == "checkbox":
        return dict(_coded(_of(listed, "CheckboxChoices"), "|"))
    if kind not in _CHOSEN:
        return {}
    return {
        each.get("CodedValue", ""): _text(each, "Decode", "TranslatedText")
        for each in _all(listed, "CodeListItem")
    }


def _coded(text: str, separator: str) -> Iterator[tuple[str, str]]:
    """Codes and labels of `1, one | 2, two`."""
    for part in text.split(separator):
        code, comma, label = part.partition(",")
        if code.strip():
            yield code.strip(), " ".join((label if comma else code).split())


def _forms(event: Element) -> tuple[str, ...]:
    return tuple(_of(form, "FormName") for form in _all(event, "FormRef"))


def _labels(events: list[Element]) -> Iterator[tuple[str, str]]:
    """Each label that an export may have for an event, as of a list of events."""
    labels = [_of(event, "EventName") for event in events]
    for label, event in zip(labels, events, strict=True):
        name = _of(event, "UniqueEventName")
        if label and labels.count(label) == 1:
            yield label, name
        yield f"{label} (Arm {_of(event, 'ArmNum')})", name


def _repeating(root: Element, names: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What repeats; a project without events has one event that no export names."""
    for name in ("RepeatingInstrument", "RepeatingEvent"):
        for element in _all(root, name):
            event = _of(element, "UniqueEventName")
            yield (event if names else ""), _of(element, "RepeatInstrument")


def _missing(root: Element) -> Iterator[tuple[str, str]]:
    for element in _all(root, "MissingDataCodes"):
        yield from _coded((element.text or "").replace("|", "\n"), "\n")


def _ignored(root: Element) -> Iterator[Ignored]:
    subjects = sum(1 for _ in _all(root, "SubjectData"))
    if subjects:
        why = "answers are read from the csv export only"
        yield Ignored(f"ClinicalData of the XML ({subjects} records)", why)
    settings = {_local(child) for each in _all(root, "GlobalVariables") for child in each}
    if unread := sorted(settings - {"RepeatingInstrumentsAndEvents", "MissingDataCodes"}):
        what = f"settings of the XML ({len(unread)}: {shortened(unread)})"
        yield Ignored(what, "how REDCap shows and guards the project")
