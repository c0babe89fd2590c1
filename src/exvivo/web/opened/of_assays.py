"""Forms for what a draft leaves open of assays and plates: reference genes, layouts, standards,
dilutions, beads, how names are split.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from exvivo.catalog import analytes, kits, known_as
from exvivo.errors import Mistake, StudyError
from exvivo.study import Analyte, Assay, Beads, OpenQuestion, Qpcr
from exvivo.study.ids import ids
from exvivo.study.load import examine
from exvivo.study.record_text import flow
from exvivo.web.opened.answer import Answer, Draft, Form, Typed, Where
from exvivo.words import listed

UNITS = ("pg/mL", "ng/mL", "µg/mL", "pM", "nM", "IU/mL", "U/mL")
_UNKNOWN = b"?"
_MOST = 48


def _assays(draft: Draft, question: OpenQuestion) -> list[Assay]:
    """The assays that a question is about."""
    return [each for each in draft.study.assays if each.id in question.about]


def _others(draft: Draft, question: OpenQuestion) -> list[str]:
    """What a question is about beside assays: names of standards, channels."""
    own = {each.id for each in draft.study.assays}
    return [name for name in question.about if name not in own][:_MOST]


def _references_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    assays = [each for each in _assays(draft, question) if isinstance(each, Qpcr)]
    chosen = {each.id: each.references for each in assays}
    more = [each.id for each in draft.study.analytes]
    options = {
        each.id: list(dict.fromkeys([*each.references, *each.targets, *more])) for each in assays
    }
    return {"chosen": chosen, "options": options}


def _references(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    changes: dict[Where, str | None] = {}
    all_genes: list[str] = []
    for each in _assays(draft, question):
        others = [name.strip() for name in typed.text(f"other:{each.id}").split(",")]
        genes = [*typed.texts(f"gene:{each.id}"), *filter(None, others)]
        if not genes:
            cure = "mark at least one gene, or write its name as the instrument file has it"
            raise StudyError(Mistake("Reference genes", "none", "at least one", cure))
        changes["assays", each.id, "references"] = flow(tuple(dict.fromkeys(genes)))
        all_genes += genes
    said = f"Reference genes: {listed(dict.fromkeys(all_genes))}"
    return Answer(said, draft.edits(changes))


@dataclass(frozen=True)
class Cell:
    """A well of a drawn layout: what it holds in short, and its kind for the colour."""

    well: str
    text: str
    kind: str


@dataclass(frozen=True)
class Drawn:
    """A plate as it is drawn: its columns, and its rows by their letters; whether some wells are
    not known yet.
    """

    id: str
    columns: tuple[int, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    is_unknown: bool


def _layout_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    return {"drawn": list(_drawn(draft, question.about))}


def _drawn(draft: Draft, plates: Sequence[str]) -> Iterator[Drawn]:
    layout = examine(draft.folder).study.layout
    for plate in draft.study.plates:
        if plate.id in plates:
            rows = layout.filter(plate=plate.id).iter_rows(named=True) if layout.width else []
            cells = {row["well"]: _cell(row, draft.may_identify) for row in rows}
            yield _grid(plate.id, cells, is_unknown=_is_unknown(draft, plate.layout))


def _is_unknown(draft: Draft, layout: str) -> bool:
    """Whether some wells of a layout still hold `?`."""
    path = draft.folder / layout
    return bool(layout) and path.is_file() and _UNKNOWN in path.read_bytes()


def _cell(row: Mapping[str, Any], may_identify: bool) -> Cell:
    role = str(row["role"])
    donor = str(row["donor"] or "") if may_identify else "sample"
    parts = (donor, row["stimulus"], row["replicate"])
    text = " ".join(str(part) for part in parts if part)
    if role != "sample":
        text = str(row["control"] or role)
    return Cell(str(row["well"]), text, role)


def _grid(plate: str, cells: Mapping[str, Cell], *, is_unknown: bool) -> Drawn:
    """Wells as a grid, no larger than what is drawn."""
    placed = {
        (well.rstrip("0123456789"), int(well.lstrip("ABCDEFGHIJKLMNOP") or 0)): cell
        for well, cell in cells.items()
    }
    letters = sorted({row for row, _ in placed})
    columns = tuple(range(1, max((number for _, number in placed), default=0) + 1))
    rows = tuple(
        (letter, tuple(placed.get((letter, number)) for number in columns)) for letter in letters
    )
    return Drawn(plate, columns, rows, is_unknown)


def _layout(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    layouts = {plate.id: plate.layout for plate in draft.study.plates}
    plates = [name for name in question.about if name in layouts]
    unknown = [name for name in plates if _is_unknown(draft, layouts[name])]
    if unknown:
        cure = "open the plate, write whose cells each well held, then confirm here"
        expected = "whose cells every well held"
        raise StudyError(Mistake(f"Plates {listed(unknown)}", "wells with `?`", expected, cure))
    return Answer(f"The layouts of {listed(plates)} are right")


def _amounts_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    assays = _assays(draft, question)
    own = [each.unit for each in assays if not isinstance(each, Qpcr) and each.unit]
    return {
        "assays": assays,
        "levels": _others(draft, question),
        "units": list(dict.fromkeys([*own, *UNITS])),
        "is_qpcr": all(isinstance(each, Qpcr) for each in assays),
    }


def _amounts(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    """The amounts of the standards of each assay: typed one by one, or as a series."""
    levels, changes, said = _others(draft, question), dict[Where, str | None](), []
    same = typed.text("same") == "yes"
    assays = [each for each in _assays(draft, question) if not isinstance(each, Qpcr)]
    for each in assays:
        of = assays[0].id if same else each.id
        amounts = _series(typed, of, levels)
        unit = typed.needed(f"unit:{of}", f"{of}, unit", "a unit (pg/mL)")
        changes["assays", each.id, "standards"] = flow(amounts)
        changes["assays", each.id, "unit"] = flow(unit)
        listed_amounts = ", ".join(f"{name} {amount:.6g}" for name, amount in amounts.items())
        said.append(f"{each.id} in {unit}: {listed_amounts}")
    return Answer("; ".join(said) or "Confirmed", draft.edits(changes))


def _series(typed: Typed, assay: str, levels: Sequence[str]) -> dict[str, float]:
    """The amount of each standard: as typed, else the highest divided again and again; the last
    one a blank where that is said. Raises `StudyError` where one has none.
    """
    top = typed.number(f"top:{assay}", f"{assay}, highest amount")
    step = _step(typed, assay)
    blank = typed.text(f"blank:{assay}")
    amounts: dict[str, float] = {}
    for number, level in enumerate(levels):
        own = typed.number(f"amount:{assay}:{level}", f"{assay}, {level}")
        if own:
            amounts[level] = float(own)
        elif blank == "yes" and number == len(levels) - 1:
            amounts[level] = 0.0
        elif top and not blank and number == len(levels) - 1:
            raise StudyError(_no_choice(assay, level))
        elif top and not step and number:
            raise StudyError(_no_step(f"{assay}, each next one divided by", "nothing"))
        elif top:
            amounts[level] = float(f"{float(top) / float(step or 1) ** number:.6g}")
        else:
            cure = "type the highest amount, or the amount of each standard (0 for a blank)"
            raise StudyError(Mistake(f"{assay}, {level}", "no amount", "a number", cure))
    _refuse_amounts(assay, amounts)
    return amounts


def _step(typed: Typed, assay: str) -> str:
    """By how much each standard is divided; empty where nothing was typed."""
    step = typed.number(f"step:{assay}", f"{assay}, each next one divided by")
    if step and not 1 < float(step) < inf:
        raise StudyError(_no_step(f"{assay}, dilution", step))
    return step


def _no_step(where: str, finding: str) -> Mistake:
    cure = "2 if each standard is half of the one before"
    return Mistake(where, finding, "a number above 1", cure)


def _no_choice(assay: str, level: str) -> Mistake:
    cure = f"choose whether {level} is the blank; its signal alone does not tell"
    expected = "the blank, or the next amount of the row"
    return Mistake(f"{assay}, {level}", "no choice", expected, cure)


def _refuse_amounts(assay: str, amounts: Mapping[str, float]) -> None:
    """Raise `StudyError` for amounts that no series of standards has."""
    for level, amount in amounts.items():
        if not 0 <= amount < inf:
            expected, cure = "an amount above 0, or 0 for a blank", "correct the amount"
            raise StudyError(Mistake(f"{assay}, {level}", f"{amount:.6g}", expected, cure))
    levels = sorted(amounts, key=_by_number)
    series = [amounts[level] for level in levels if amounts[level]]
    falling = sorted(series, reverse=True)
    if len({*series}) < 2 <= len(amounts) or series not in (falling, falling[::-1]):
        finding = ", ".join(f"{level} {amounts[level]:.6g}" for level in levels)
        cure = "correct the amount that is out of the row: is it in another unit?"
        raise StudyError(Mistake(assay, finding, "amounts that fall or rise step by step", cure))


def _by_number(name: str) -> list[tuple[int, str]]:
    """A name by the numbers in it: Std10 stands after Std2."""
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _units_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    return {"assays": _assays(draft, question), "units": UNITS}


def _units(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    changes: dict[Where, str | None] = {}
    for each in _assays(draft, question):
        unit = typed.needed(f"unit:{each.id}", f"{each.id}, unit", "a unit (pg/mL)")
        changes["assays", each.id, "unit"] = flow(unit)
    said = [f"{where[1]} in {now}" for where, now in changes.items()]
    return Answer(listed(said), draft.edits(changes))


def _standards_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    assays = _assays(draft, question)
    plates = {each.id: [p.id for p in draft.study.plates if p.assay == each.id] for each in assays}
    return {"assays": assays, "plates": plates}


def _standards(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    """Whether an assay without named standards has any."""
    changes: dict[Where, str | None] = {}
    for each in _assays(draft, question):
        if typed.text(f"standards:{each.id}") == "none":
            changes["assays", each.id, "result"] = "signal"
    said = f"Signals are compared: {listed([w[1] for w in changes])}" if changes else "On the plate"
    return Answer(said, draft.edits(changes))


def _dilutions_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    assays, stimuli = _assays(draft, question), draft.study.stimuli
    times = {
        each.id: {s.id: f"{getattr(each, 'dilutions', {}).get(s.id, 1):g}" for s in stimuli}
        for each in assays
    }
    return {"assays": assays, "stimuli": stimuli, "times": times}


def _dilutions(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    changes: dict[Where, str | None] = {}
    for each in _assays(draft, question):
        times = {
            stimulus.id: _dilution(typed, each.id, stimulus.id) for stimulus in draft.study.stimuli
        }
        is_diluted = any(number != 1 for number in times.values())
        changes["assays", each.id, "dilutions"] = flow(times) if is_diluted else None
    said = "; ".join(f"{where[1]}: {now.strip('{}')}" for where, now in changes.items() if now)
    return Answer(said or "No sample was diluted", draft.edits(changes))


def _dilution(typed: Typed, assay: str, stimulus: str) -> float:
    """How many times the samples of a stimulus were diluted. Raises `StudyError` where that is not
    said.
    """
    where = f"{assay}, {stimulus}"
    text = typed.number(f"times:{assay}:{stimulus}", where)
    number = float(text) if text else 0.0
    if not 1 <= number < inf:
        expected, cure = "1 where nothing was diluted, 2 for one part in two", "fill the field"
        raise StudyError(Mistake(where, text or "nothing", expected, cure))
    return number


def _beads_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    assays = [each for each in _assays(draft, question) if isinstance(each, Beads)]
    return {"assays": assays, "kits": sorted(kits()), "channels": _others(draft, question)}


def _beads(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    changes: dict[Where, str | None] = {}
    names: list[str] = []
    for each in _assays(draft, question):
        kit = typed.needed(f"kit:{each.id}", f"{each.id}, kit", "a kit of the list")
        if kit not in kits():
            cure = "choose a kit of the list; for another one write its beads into study.yaml"
            raise StudyError(Mistake(f"{each.id}, kit", kit, "a kit of the list", cure))
        changes["assays", each.id, "kit"] = flow(kit)
        for key in ("classifier", "scatter"):
            channels = tuple(typed.texts(f"{key}:{each.id}"))
            changes["assays", each.id, key] = flow(channels) if channels else None
        reporter = typed.needed(f"reporter:{each.id}", f"{each.id}, reporter", "a channel")
        changes["assays", each.id, "reporter"] = flow(reporter)
        names.append(kit)
        changes |= new_analytes(draft, kits()[kit].positions())
    return Answer(f"Kit: {listed(names)}", draft.edits(changes))


def new_analytes(draft: Draft, names: Iterable[str]) -> dict[Where, str | None]:
    """The analytes of these names that study.yaml does not declare yet."""
    known = ids(draft.study.analytes)
    return {("analytes", name): flow(Analyte(id=name)) for name in names if name not in known}


def _analyte_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    assays = _assays(draft, question)
    plates = [plate for plate in draft.study.plates if plate.assay in question.about]
    return {"assays": assays, "plates": plates, "known": sorted(analytes())}


def _analyte(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    changes: dict[Where, str | None] = {}
    names: list[str] = []
    for plate in draft.study.plates:
        if plate.assay in question.about:
            where = f"Plate {plate.id}"
            text = typed.needed(f"analyte:{plate.id}", where, "what was measured (TNF)")
            names.append(known_as(text) or text)
            changes["plates", plate.id, "analyte"] = flow(names[-1])
    changes |= new_analytes(draft, names)
    return Answer(f"Measured: {listed(dict.fromkeys(names))}", draft.edits(changes))


def _names_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    return {"plates": [each for each in draft.study.plates if each.assay in question.about]}


def _names(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    changes: dict[Where, str | None] = {}
    for plate in draft.study.plates:
        if plate.assay in question.about and plate.samples:
            pattern = typed.needed(f"samples:{plate.id}", f"Plate {plate.id}", "{donor} {stimulus}")
            changes["plates", plate.id, "samples"] = flow(pattern)
    return Answer("Names are split as written", draft.edits(changes))


REFERENCES = Form("references", _references_shown, _references)
LAYOUT = Form("layout", _layout_shown, _layout)
AMOUNTS = Form("amounts", _amounts_shown, _amounts)
UNITS_OF = Form("units", _units_shown, _units)
STANDARDS = Form("standards", _standards_shown, _standards)
DILUTIONS = Form("dilutions", _dilutions_shown, _dilutions)
BEADS = Form("beads", _beads_shown, _beads)
ANALYTE = Form("analyte", _analyte_shown, _analyte)
NAMES = Form("names", _names_shown, _names)
