"""Study folders whose right answer is known: the cases handed to the project, splits of a real
table, and any folder given with `--set`.

The right answers of a folder stand in its `right.csv`: `case` (the folder of the study below it),
`question`, `against`, `verdict` and `codes`. An empty cell holds for all of them; a verdict may be
`not supported`, or `refused` where the files may not be read; `codes`, separated by blanks, are
those that must stand beside the answer as its reason or as a warning.
"""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from numpy.random import default_rng

from benchmarks.identity.asking import Answer, answers_of
from benchmarks.row import Row
from exvivo.compare import compare
from exvivo.errors import UserMistake
from exvivo.gather import gather
from exvivo.tables import CLINIC, RESPONSES

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
FAULTS = SHARED / "faults" / "identity"
PBMC = SHARED / "identity" / "pbmc68k_pseudobulk_log2.csv"
DATES = ("02/09/2023", "45171", "9/2/23")
"""Genes that a spreadsheet made dates of, in the case of that name."""


@dataclass(frozen=True)
class Right:
    """What a right answer is."""

    case: str
    question: str = ""
    against: str = ""
    verdict: str = "not supported"
    codes: tuple[str, ...] = ()

    def meant(self, answer: Answer, question: str) -> bool:
        """Whether it is about this answer."""
        return self.question in ("", question) and self.against in ("", answer.against)

    def given(self, answer: Answer) -> bool:
        """Whether this answer is right."""
        verdict = answer.verdict == self.verdict
        if self.verdict == "not supported":
            verdict = not answer.supported
        return verdict and set(self.codes) <= answer.codes


HANDED = (
    Right("1_impostor_t_cells_as_macrophages", codes=("gate_not_possible",)),
    Right("2_monocyte_derived_dc_as_t_cells", codes=("gate_not_possible",)),
    Right(
        "3_activated_t_cells",
        against="m_active",
        verdict="not resolved",
        codes=("shared_programme",),
    ),
    Right("6_dates_not_noticed"),
)


@dataclass(frozen=True)
class Told:
    """What a run of a study folder told: its answers with their questions, and what was not read.
    `refused` is the tool's message where it took the files for wrong.
    """

    answers: tuple[tuple[str, Answer], ...] = ()
    unread: str = ""
    refused: str = ""


def told(folder: Path) -> Told:
    """Read and answer a copy of a study folder; its other questions find nothing measured."""
    with tempfile.TemporaryDirectory() as room:
        copy = Path(room) / "study"
        shutil.copytree(folder, copy, copy_function=shutil.copyfile)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        try:
            gathered = gather(copy)
        except UserMistake as error:
            return Told(refused=str(error))
    found = compare(
        RESPONSES.frame(),
        CLINIC.frame(),
        study=gathered.study,
        rng=default_rng(gathered.study.plan.seed),
        profiles=gathered.profiles,
    )
    chosen = found.filter(part="answer", ask="identity")["question"].to_list()
    unread = "\n".join(" ".join(part) for part in gathered.ignored)
    return Told(tuple(zip(chosen, answers_of(found), strict=True)), unread)


def wrong(of: Told, rights: Sequence[Right]) -> list[str]:
    """Everything told that is not right, as lines to read."""
    if of.refused:
        fine = any(right.verdict == "refused" for right in rights)
        return [] if fine else [f"refused: {of.refused}"]
    lines = []
    for right in rights:
        meant = [answer for question, answer in of.answers if right.meant(answer, question)]
        lines += [f"{answer}; right: {right}" for answer in meant if not right.given(answer)]
        if not meant:
            lines.append(f"no answer; right: {right}")
    return lines


def rows(*, sets: Sequence[Path] = ()) -> Iterator[Row]:
    """The cases handed, the real table at hand, and the study folders of `sets`."""
    if FAULTS.is_dir():
        yield from _handed()
    if PBMC.is_file():
        yield from splits(PBMC)
    for folder in sets:
        yield from of_folder(folder)


def _handed() -> Iterator[Row]:
    right, errors = 0, 0
    for one in HANDED:
        of = told(FAULTS / one.case)
        lines = wrong(of, [one])
        if one.case.startswith("6_"):
            lines += [f"not listed: {date}" for date in DATES if date not in of.unread]
        right += not lines
        errors += bool(of.refused)
        shown(one.case, lines)
    yield Row(what="cases handed: right", value=right, unit=f"of {len(HANDED)}", bar=">= 4")


def shown(case: str, lines: Sequence[str]) -> None:
    """Print what fails of a case, beside the table of figures."""
    for line in lines:
        print(f"identity: {case}: {line}", file=sys.stderr, flush=True)


def of_folder(folder: Path) -> Iterator[Row]:
    """The study folders below a folder, held against its `right.csv`."""
    rights = rights_of(folder)
    studies = sorted(path.parent for path in folder.rglob("study.yaml"))
    asking = [study for study in studies if "identity" in (study / "study.yaml").read_text("utf-8")]
    right = held = claimed = 0
    for study in asking:
        of, case = told(study), study.relative_to(folder).as_posix()
        mine = [one for one in rights if one.case == case]
        lines = wrong(of, mine)
        claimed += sum(answer.supported for _, answer in of.answers)
        held, right = held + bool(mine), right + (bool(mine) and not lines)
        shown(case, lines if mine else [str(answer) for _, answer in of.answers])
        shown(case, [of.refused] if of.refused and not mine else [])
    name = folder.name
    if held:
        yield Row(what=f"{name}: right cases", value=right, unit=f"of {held}", bar=f">= {held}")
    if asking:
        yield Row(
            what=f"{name}: supported answers", value=claimed, unit=f"of {len(asking)} studies"
        )


def rights_of(folder: Path) -> list[Right]:
    """The right answers that a folder states."""
    path = folder / "right.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [_right(row) for row in csv.DictReader(lines)]


def _right(row: dict[str, str]) -> Right:
    return Right(
        case=row["case"].strip(),
        question=(row.get("question") or "").strip(),
        against=(row.get("against") or "").strip(),
        verdict=(row.get("verdict") or "").strip() or "not supported",
        codes=tuple((row.get("codes") or "").replace(";", " ").split()),
    )


STUDY = """exvivo: 1
title: {title}
groups: [{{id: A, name: one donor in parts}}]
cell_types: [{{id: cells, name: cells}}]
questions:
  - {{id: who, ask: identity, cell_type: cells, like: {like}, profiles: raw/cells.csv,
     references: raw/references.csv, scale: log2}}
analytes: []
assays: []
plates: []
plan: {{declared: 2026-01-05}}
"""


def write_splits(table: Path, folder: Path, like: str, last: str = "q4") -> None:
    """A study of a table CELL:PART: all parts but the last of one kind as the cells asked about,
    the last part of every kind as the references.
    """
    with table.open(encoding="utf-8", newline="") as file:
        header, *body = list(csv.reader(file))
    mine = [i for i, n in enumerate(header) if n.startswith(f"{like}:") and n != f"{like}:{last}"]
    others = [i for i, name in enumerate(header) if name.endswith(f":{last}")]
    (folder / "raw").mkdir(parents=True)
    donors = [header[i].partition(":")[2] for i in mine]
    _write(
        folder / "raw/cells.csv",
        [["gene", *donors], *([r[0], *(r[i] for i in mine)] for r in body)],
    )
    _write(
        folder / "raw/references.csv",
        [["gene", *(header[i] for i in others)], *([r[0], *(r[i] for i in others)] for r in body)],
    )
    _write(folder / "donors.csv", [["donor", "group"], *([donor, "A"] for donor in donors)])
    text = STUDY.format(title=f"{like} of one donor", like=like)
    (folder / "study.yaml").write_text(text, encoding="utf-8")


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def splits(table: Path) -> Iterator[Row]:
    """Parts of each kind of one real donor: the nearest class must be their own, and nothing may be
    claimed, for there is one donor and too few genes.
    """
    with table.open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")[1:]
    kinds = list(dict.fromkeys(name.partition(":")[0] for name in names))
    nearest = claimed = unsaid = 0
    for kind in kinds:
        with tempfile.TemporaryDirectory() as room:
            write_splits(table, Path(room) / "study", kind)
            of = told(Path(room) / "study")
        shown(f"parts of {kind}", [of.refused] if of.refused else [])
        answers = [answer for _, answer in of.answers]
        nearest += bool(answers) and all(answer.nearer == kind for answer in answers)
        claimed += any(answer.supported for answer in answers)
        needed = {"gate_not_possible", "one_donor_a_class"}
        lacking = [str(answer) for answer in answers if not needed <= answer.codes]
        unsaid += bool(lacking)
        shown(f"parts of {kind}: without the reason", lacking)
    of_kinds = f"of {len(kinds)}"
    what = "parts of one real donor, 765 genes:"
    yield Row(what=f"{what} own kind nearest", value=nearest, unit=of_kinds, bar=f">= {len(kinds)}")
    yield Row(what=f"{what} claimed", value=claimed, unit=of_kinds, bar="<= 0")
    yield Row(what=f"{what} why not is left unsaid", value=unsaid, unit=of_kinds, bar="<= 0")
