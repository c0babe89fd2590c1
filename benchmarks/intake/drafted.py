"""From raw files to the first report: commands and lines that a person types, and whether the
answers are those of the study that was written by hand.

The lines are typed here as a person would: into study.yaml, at the places that the draft names. A
line counts as typed that is new or changed; deleted lines are counted beside.
"""

from __future__ import annotations

import difflib
import math
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import exvivo
from benchmarks.row import Row
from exvivo.draft import draft
from exvivo.errors import UserMistake
from exvivo.gather import gather
from exvivo.simulate import model_study, write

_SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", "/work/shared/data"))
_INTAKE = _SHARED / "faults/intake/study"
_KEY = ["question", "part", "assay", "analyte", "scale", "method"]
_ANSWER = ["estimate", "lower", "upper", "p", "verdict"]
_MOST_COMMANDS, _MOST_LINES = 5, 25
_CLOSE = 1e-9
Edit = tuple[str, str]
"""A piece of study.yaml and what is written in its place."""

_RA: tuple[Edit, ...] = (
    ("My study: what it asks, in one line", "Do macrophages of people with RA answer LPS?"),
    ("name: RA}", "name: people with rheumatoid arthritis}"),
    ("name: HD}", "name: healthy donors}"),
    ("{id: LPS, name: LPS}", "{id: LPS, name: LPS, dose: 100 ng/mL, time: 6 h}"),
    (
        "{id: LPS_tofa, name: LPS_tofa}",
        "{id: LPS_tofa, name: LPS with tofacitinib, dose: 100 ng/mL + 1 µM, time: 6 h}",
    ),
    (
        "kind: immunoassay, analyte: IL6}",
        "kind: immunoassay, analyte: IL6, standards: {Std1: 1000, Std2: 500, Std3: 250, Std4: 125, "
        "Std5: 62.5, Std6: 31.25, Std7: 15.6, Std8: 0}, dilutions: {none: 1, LPS: 2, LPS_tofa: 2}}",
    ),
    (
        "kind: immunoassay, analyte: TNF}",
        "kind: immunoassay, analyte: TNF, standards: {Std1: 1000, Std2: 500, Std3: 250, Std4: 125, "
        "Std5: 62.5, Std6: 31.25, Std7: 15.6, Std8: 0}, dilutions: {none: 1, LPS: 2, LPS_tofa: 2}}",
    ),
    ("# cell_types:", "cell_types:"),
    ("#   - {id: MDM", "  - {id: MDM"),
    ("# scales:\n", "scales:\n"),
    (
        "#   - {id: DAS28, name: DAS28, lowest: ?, highest: ?, higher_is: ?}",
        "  - {id: DAS28, name: DAS28, lowest: 0, highest: 10, higher_is: worse}",
    ),
    (
        "#   - {id: VAS, name: VAS, lowest: ?, highest: ?, higher_is: ?}",
        "  - {id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}",
    ),
    ("# questions:\n", "questions:\n"),
)
_RA_QUESTIONS = (
    "  - {id: more_tnf, ask: difference, groups: [RA, HD], assays: [mrna, elisa_tnf], "
    "analytes: [TNF], stimulus: LPS}\n"
    "  - {id: il6, ask: difference, groups: [RA, HD], assays: [mrna, elisa_il6], analytes: "
    "[IL6], stimulus: LPS, margin: 1}\n"
    "  - {id: drug_tnf, ask: effect, within: RA, assays: [mrna, elisa_tnf], analytes: "
    "[TNF], stimulus: LPS, blocked: LPS_tofa, family: drug}\n"
    "  - {id: drug_il6, ask: effect, within: RA, assays: [mrna, elisa_il6], analytes: "
    "[IL6], stimulus: LPS, blocked: LPS_tofa, family: drug}\n"
    "  - {id: tnf_disease, ask: association, within: RA, assays: [mrna, elisa_tnf], "
    "analytes: [TNF], scales: [DAS28, VAS], stimulus: LPS, symptoms: worse}\n"
)
_FM: tuple[Edit, ...] = (
    (
        "My study: what it asks, in one line",
        "Do microglia-like cells of people with FM answer ATP?",
    ),
    ("name: FM}", "name: people with fibromyalgia}"),
    ("name: HC}", "name: healthy people}"),
    ("{id: ATP, name: ATP}", "{id: ATP, name: extracellular ATP, dose: 1 mM, time: 4 h}"),
    ("references: [RPLP0, UBC]}", "references: [RPLP0, UBC], standards: copies}"),
    (
        "    classifier: [APC-A, APC-Cy7-A]\n",
        "    classifier: [APC-Cy7-A, APC-A]\n    directions: [falling, rising]\n"
        "    panel: {TNF: D9, IL1B: B4, IL6: A7, CXCL8: A9, IL10: B7}\n",
    ),
    ("# cell_types:", "cell_types:"),
    (
        "#   - {id: MDM, name: monocyte-derived macrophages",
        "  - {id: iMG, name: microglia-like cells",
    ),
    ("# scales:\n", "scales:\n"),
    (
        "#   - {id: VAS, name: VAS, lowest: ?, highest: ?, higher_is: ?}",
        "  - {id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}",
    ),
    (
        "#   - {id: HADS_A, name: HADS_A, lowest: ?, highest: ?, higher_is: ?}",
        "  - {id: HADS_A, name: anxiety, lowest: 0, highest: 21, higher_is: worse}",
    ),
    (
        "#   - {id: HADS_D, name: HADS_D, lowest: ?, highest: ?, higher_is: ?}",
        "  - {id: HADS_D, name: depression, lowest: 0, highest: 21, higher_is: worse}",
    ),
    (
        "#   - {id: QOL, name: QOL, lowest: ?, highest: ?, higher_is: ?}",
        "  - {id: QOL, name: quality of life, lowest: 0, highest: 100, higher_is: better}",
    ),
    ("# questions:\n", "questions:\n"),
)
_FM_QUESTIONS = (
    "  - {id: more_tnf, ask: difference, groups: [FM, HC], assays: [mrna, protein], "
    "analytes: [TNF], stimulus: ATP}\n"
    "  - {id: other_cytokines, ask: difference, groups: [FM, HC], assays: [mrna, protein], "
    "analytes: [IL1B, IL6, CXCL8, IL10], stimulus: ATP, margin: 1}\n"
    "  - {id: tnf_and_symptoms, ask: association, within: FM, assays: [mrna, protein], "
    "analytes: [TNF], scales: [VAS, HADS_A, HADS_D, QOL], stimulus: ATP, symptoms: worse}\n"
)


@dataclass(frozen=True)
class Case:
    """A study written by hand, and the lines that its draft is to be completed with."""

    name: str
    edits: tuple[Edit, ...]
    questions: str


@dataclass(frozen=True)
class Drafted:
    """What the way to the first report took, and how many answers differ from those by hand."""

    commands: int
    asked: int
    typed: int
    deleted: int
    answers: int
    other: int


def rows(names: Sequence[str] = ()) -> list[Row]:
    """The studies from raw files to the report, each against the one made by hand; `names` are
    those to be measured, all if left out.
    """
    measured: list[Row] = []
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for case, by_hand in _cases(root):
            if names and case.name not in names:
                continue
            measured += _as_rows(case.name, way(case, by_hand, root / case.name))
    return measured


def _cases(root: Path) -> Iterable[tuple[Case, Path]]:
    """Each case with the folder of the study made by hand."""
    if _INTAKE.is_dir():
        yield Case("RA, ELISA without names", _RA, _RA_QUESTIONS), _copied(_INTAKE, root / "ra")
    import numpy as np

    demo = root / "demo"
    write(model_study(rng=np.random.default_rng(1)), demo)
    yield Case("demo, RDML and FCS", _FM, _FM_QUESTIONS), demo


def _copied(folder: Path, to: Path) -> Path:
    import shutil

    return Path(shutil.copytree(folder, to))


def way(case: Case, by_hand: Path, folder: Path) -> Drafted:
    """Draft, check, type, check, run: the five commands a person gives at most."""
    commands = 1
    drafted = draft(
        folder, by_hand / "raw", donors=by_hand / "donors.csv", clinic=by_hand / "clinic.csv"
    )
    commands += _refused(folder)
    typed, deleted = _type(case, folder / "study.yaml")
    commands += 1
    gather(folder)
    commands += 1
    ours = exvivo.run(folder).findings
    theirs = exvivo.run(by_hand).findings
    return Drafted(
        commands, len(drafted.study.open), typed, deleted, theirs.height, _other(ours, theirs)
    )


def _refused(folder: Path) -> int:
    """1 for the check that repeats the open questions. Raises where it would pass."""
    try:
        gather(folder)
    except UserMistake:
        return 1
    raise AssertionError("a draft with open questions passed the check")


def _type(case: Case, path: Path) -> tuple[int, int]:
    """Complete study.yaml; how many lines were typed and how many deleted."""
    before = path.read_text(encoding="utf-8")
    text = before
    for old, new in case.edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    head, _, tail = text.partition("\nopen:\n")
    rest = tail[tail.index("\n\n") :]
    examples = [line for line in rest.splitlines() if "ask: " not in line]
    after = head + "\n" + "\n".join(examples) + "\n" + case.questions
    path.write_text(after, encoding="utf-8")
    return changed_lines(before, after)


def changed_lines(before: str, after: str) -> tuple[int, int]:
    """Lines of a text that are new or changed, and lines that are gone."""
    diff = difflib.ndiff(before.splitlines(), after.splitlines())
    signs = [line[:2] for line in diff]
    typed = signs.count("+ ")
    return typed, max(0, signs.count("- ") - typed)


def _other(ours: pl.DataFrame, theirs: pl.DataFrame) -> int:
    """How many answers are not the same; both studies ask the same in one order."""
    if ours.select(_KEY).rows() != theirs.select(_KEY).rows():
        return max(ours.height, theirs.height)
    pairs = zip(ours.select(_ANSWER).rows(), theirs.select(_ANSWER).rows(), strict=True)
    return sum(not all(map(_alike, one, other)) for one, other in pairs)


def _alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return one == other


def _as_rows(name: str, each: Drafted) -> list[Row]:
    return [
        Row(
            what=f"{name}: commands to the first report",
            value=each.commands,
            unit="commands",
            bar=f"<= {_MOST_COMMANDS}",
        ),
        Row(what=f"{name}: lines typed", value=each.typed, unit="lines", bar=f"<= {_MOST_LINES}"),
        Row(what=f"{name}: lines deleted", value=each.deleted, unit="lines"),
        Row(what=f"{name}: questions asked", value=each.asked, unit="questions"),
        Row(
            what=f"{name}: answers other than by hand (of {each.answers})",
            value=each.other,
            unit="answers",
            bar="<= 0",
        ),
    ]
