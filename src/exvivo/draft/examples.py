"""What a person has to write into a draft, as lines to uncomment: cells, scales and questions, with
the names of this study.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.draft.expression import Expression, measured
from exvivo.draft.material import Material
from exvivo.draft.people import People
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
        declared = f"{{id: {name}, name: {name}, lowest: ?, highest: ?, higher_is: ?}}"
        yield f"  - {declared}   # here {lowest:g} to {highest:g}"


def _ranges(found: Material) -> Iterator[tuple[str, float, float]]:
    """The columns of scores with their smallest and largest number."""
    table = found.clinic or found.people
    for name in table.columns if found.clinic else table.scales:
        numbers = _numbers_of(table, name)
        if numbers and name.casefold() not in _NO_SCORE:
            yield name, min(numbers), max(numbers)


def _numbers_of(table: People, column: str) -> list[float]:
    """The cells of a column that are numbers."""
    cells = (_number(row.get(column, "")) for row in table.rows)
    return [number for number in cells if number is not None]


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _questions(found: Material, study: Study) -> Iterator[str]:
    """Examples of questions with the ids of this study."""
    groups = [group.id for group in study.groups][:2]
    asked = _Asked(study, groups if len(groups) == 2 else ["PATIENTS", "CONTROLS"])
    yield "questions: docs/questions.md has all kinds"
    yield "questions:"
    if measured(found.recognised.expression):
        yield from _identity(found)
    if not study.assays:
        return
    yield asked.line("more", "difference", f"groups: [{', '.join(asked.groups)}]")
    if len(asked.stimuli) > 1:
        yield asked.line("drug", "effect", asked.within, f", blocked: {asked.stimuli[1]}")
    if scales := [name for name, _, _ in _ranges(found)]:
        yield asked.line("scores", "association", asked.within, f", scales: [{', '.join(scales)}]")


def _identity(found: Material) -> Iterator[str]:
    """A question of identity, answered from the tables of expression and those beside them."""
    cell, files = _like_and_files(found.recognised.expression)
    yield "  - id: which_cells"
    yield "    ask: identity"
    yield "    cell_type: MDM"
    yield f"    like: {cell}"
    yield "    scale: log2   # or counts"
    for field, file in files.items():
        yield f"    {field}: {found.prefix}/{file}"
    if "markers" not in files:
        yield "    markers: human myeloid cells   # or another panel; left out: all genes"


def _like_and_files(tables: Sequence[Expression]) -> tuple[str, dict[str, str]]:
    """A cell of the references, and the files of a question of identity by their fields."""
    with_numbers = measured(tables)
    references = next((each for each in with_numbers if each.is_reference), with_numbers[-1])
    own = next((each for each in with_numbers if each is not references), references)
    cell = references.samples[0].partition(":")[0] if references.is_reference else "microglia"
    files = {"profiles": own.file, "references": references.file}
    return cell, files | {each.field: each.file for each in tables if each.field}


@dataclass(frozen=True)
class _Asked:
    """What examples of questions name: the groups, and of the study an analyte, the assays that
    measure it, and the stimuli.
    """

    study: Study
    groups: list[str]

    @property
    def within(self) -> str:
        """The first group, as questions of one group name it."""
        return f"within: {self.groups[0]}"

    @property
    def stimuli(self) -> list[str]:
        """The stimuli that are no control."""
        return [each.id for each in self.study.stimuli if not each.control]

    @property
    def analyte(self) -> str:
        """The first analyte."""
        return self.study.analytes[0].id if self.study.analytes else "TNF"

    def line(self, name: str, ask: str, whose: str, more: str = "") -> str:
        """A question on one line."""
        key = f"{name}_{self.analyte.lower()}"
        return f"  - {{id: {key}, ask: {ask}, {whose}, {self._measured}{more}}}"

    @property
    def _measured(self) -> str:
        """The assays, the analyte and the first stimulus."""
        assays = ", ".join(_assays_of(self.study, self.analyte)) or "mrna"
        stimulus = "".join(f", stimulus: {name}" for name in self.stimuli[:1])
        return f"assays: [{assays}], analytes: [{self.analyte}]{stimulus}"


def _assays_of(study: Study, analyte: str) -> Sequence[str]:
    """The assays that may measure an analyte: those of one other analyte a plate do not."""
    return [each.id for each in study.assays if getattr(each, "analyte", "") in ("", analyte)]
