"""What a person has to write into a draft, as lines to uncomment: cells, scales and questions, with
the names of this study.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exvivo.draft.material import Material
from exvivo.study import Study

_NO_SCORE = ("donor", "visit", "date", "group", "age", "sex")


def examples(found: Material, study: Study) -> str:
    """The lines, each with # before it; empty where another study told it all."""
    if found.like is not None:
        return ""
    blocks = (_cells(), _scales(found), _questions(found, study))
    lines = (line for block in blocks for line in block)
    return "".join(f"\n# {line}".rstrip() if line else "\n#" for line in lines) + "\n"


def _cells() -> Iterator[str]:
    yield "Take the # away from what is yours, and put your own words."
    yield "cell_types:"
    yield "  - {id: MDM, name: monocyte-derived macrophages, protocol: M-CSF for 7 days}"


def _scales(found: Material) -> Iterator[str]:
    """A line a column of scores, with what its scores are here."""
    ranges = list(_ranges(found))
    if not ranges:
        return
    yield "scales: lowest and highest possible score; higher_is: worse or better"
    yield "scales:"
    for name, lowest, highest in ranges:
        yield (
            f"  - {{id: {name}, name: {name}, lowest: ?, highest: ?, higher_is: ?}}   "
            f"# here {lowest:g} to {highest:g}"
        )


def _ranges(found: Material) -> Iterator[tuple[str, float, float]]:
    """The columns of scores with their smallest and largest number."""
    table = found.clinic or found.people
    columns = table.columns if found.clinic else table.scales
    for name in columns:
        numbers = [_number(row.get(name, "")) for row in table.rows]
        held = [number for number in numbers if number is not None]
        if held and name.casefold() not in _NO_SCORE:
            yield name, min(held), max(held)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _questions(found: Material, study: Study) -> Iterator[str]:
    """Examples of questions with the ids of this study."""
    groups = [group.id for group in study.groups][:2]
    stimuli = [each.id for each in study.stimuli if not each.control]
    if not study.analytes or len(groups) < 2:
        groups = ["PATIENTS", "CONTROLS"]
    analyte = study.analytes[0].id if study.analytes else "TNF"
    assays = ", ".join(_assays_of(study, analyte)) or "mrna"
    stimulus = f", stimulus: {stimuli[0]}" if stimuli else ""
    asked = f"assays: [{assays}], analytes: [{analyte}]{stimulus}}}"
    name = analyte.lower()
    yield "questions: docs/questions.md has all kinds"
    yield "questions:"
    yield f"  - {{id: more_{name}, ask: difference, groups: [{', '.join(groups)}], {asked}"
    if len(stimuli) > 1:
        blocked = asked.replace("}", f", blocked: {stimuli[1]}}}")
        yield f"  - {{id: drug_{name}, ask: effect, within: {groups[0]}, {blocked}"
    if scales := [name for name, _, _ in _ranges(found)]:
        scored = asked.replace("}", f", scales: [{', '.join(scales)}]}}")
        yield f"  - {{id: {name}_scores, ask: association, within: {groups[0]}, {scored}"


def _assays_of(study: Study, analyte: str) -> Sequence[str]:
    """The assays that may measure an analyte: those of one other analyte a plate do not."""
    return [each.id for each in study.assays if getattr(each, "analyte", "") in ("", analyte)]
