"""Virtual studies as people hand them in: a folder of text files, answered through the public door.

Wells lie at known donors, plates, visits and conditions; the results are whatever a generator drew.
Nothing here knows a model of `exvivo`: amounts are 2 to the power of a drawn number, undetected
ones are written as `<limit`. Several series (analytes) of one layout, each asked in a family of its
own, are as many independent studies of that layout; it saves reading the layout again.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Texts = Sequence[str]
CONTROL = "none"


@dataclass(frozen=True)
class Layout:
    """Whose well lies where: each field has one entry a well. `donors` is donors.csv as columns.

    `batch` is that of the well's culture; empty where the study keeps no cultures.
    """

    donors: Mapping[str, Texts]
    donor: Texts
    plate: Texts
    stimulus: Texts = ()
    visit: Texts = ()
    cell_type: Texts = ()
    batch: Texts = ()

    def only(self, wells: Sequence[int]) -> Layout:
        """The layout of some of the wells."""
        each = (self.donor, self.plate, self.stimulus, self.visit, self.cell_type, self.batch)
        return Layout(self.donors, *([words[w] for w in wells] if words else () for words in each))

    @property
    def columns(self) -> dict[str, Texts]:
        """The columns of the plate layouts that say something."""
        named = ("donor", "visit", "cell_type", "stimulus")
        columns: dict[str, Texts] = {n: getattr(self, n) for n in named if getattr(self, n)}
        if self.batch:
            columns["culture"] = self.cultures
        return columns

    @property
    def cultures(self) -> list[str]:
        """A culture for each donor, visit and kind of cells."""
        visits = self.visit or [""] * len(self.donor)
        cells = self.cell_type or [""] * len(self.donor)
        return [
            f"{d}.{v}.{c}".strip(".") for d, v, c in zip(self.donor, visits, cells, strict=True)
        ]


@dataclass
class Study:
    """A study before it is written. `log2` (series, wells) are the results; where `limit` (series,
    wells) lies above one, it is undetected. `scores` are clinic.csv: (series, rows) under the
    donors and visits of `score_donor` and `score_visit`. `shift` (wells,) is added to values and
    limits alike.
    """

    layout: Layout
    log2: Numbers
    questions: Sequence[str]
    limit: Numbers | None = None
    scores: Numbers | None = None
    score_donor: Texts = ()
    score_visit: Texts = ()
    shuffle: int | None = None
    """Seed of another order of everything; None for the order of the generator."""
    plan: Mapping[str, object] = field(default_factory=lambda: {"permutations": 999})

    @property
    def series(self) -> list[str]:
        """The analytes, one a drawn series."""
        return [f"A{i:03d}" for i in range(len(self.log2))]

    @property
    def scales(self) -> list[str]:
        """The clinical scales, one a series."""
        return [f"S{i:03d}" for i in range(0 if self.scores is None else len(self.scores))]

    @property
    def undetected(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which results are written as a bound (series, wells)."""
        if self.limit is None:
            return np.zeros(self.log2.shape, np.bool_)
        return np.asarray(self.log2 < self.limit)


ACROSS = "not_across_families"
"""The warning that an answer would not stand over all families of its folder."""


def answers(study: Study, *, one: bool = True) -> pl.DataFrame:
    """The worded answers of a study, one row a question. A folder of several studies (not `one`)
    is no family of families: what is said of that is passed over.
    """
    with tempfile.TemporaryDirectory() as folder:
        return answers_of(write(study, Path(folder)), one=one)


def answers_of(folder: Path, *, one: bool = True) -> pl.DataFrame:
    """The worded answers of a study folder, by the steps of `exvivo.run` up to the report; with
    `tempered`: whether what a reader must know changes the sentence of the answer.
    """
    from exvivo.compare import compare, responses
    from exvivo.gather import gather
    from exvivo.quantify import quantify
    from exvivo.tell import worded

    gathered = gather(folder)
    study = gathered.study
    quantities, _ = quantify(gathered.wells, study=study)
    findings = compare(
        responses(quantities, study=study),
        gathered.clinic,
        study=study,
        rng=np.random.default_rng(study.plan.seed),
        quantities=quantities,
        profiles=gathered.profiles,
    ).filter(part="answer")
    if not one:
        of_study = pl.element().struct.field("code") != ACROSS
        findings = findings.with_columns(
            pl.col("warnings").list.eval(pl.element().filter(of_study))
        )
    none = pl.lit([], dtype=findings.schema["warnings"])
    bare = worded(findings.with_columns(warnings=none), study)["sentence"]
    told = worded(findings, study)
    return told.with_columns(tempered=told["sentence"] != bare)


def write(study: Study, folder: Path) -> Path:
    """The study as a folder."""
    order = _Order(study.shuffle)
    layout = study.layout
    for name in ("raw", "plates"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _csv(folder / "donors.csv", order.rows(_rows(layout.donors)))
    if study.scores is not None:
        _csv(folder / "clinic.csv", order.rows(list(_scores(study, study.scores))))
    if layout.batch:
        _csv(folder / "cultures.csv", order.rows(_cultures(layout)))
    plates = order.rows(sorted(set(layout.plate)))
    placed, measured = list(_layout_rows(layout)), list(_result_rows(study))
    for plate in plates:
        wells = order.rows([w for w, p in enumerate(layout.plate) if p == plate])
        _csv(folder / "plates" / f"{plate}.csv", [placed[w] for w in wells])
        _csv(folder / "raw" / f"{plate}.csv", [measured[w] for w in order.rows(wells)])
    (folder / "study.yaml").write_text(_yaml(study, plates), encoding="utf-8")
    return folder


class _Order:
    """The order of the generator, or another one."""

    def __init__(self, seed: int | None) -> None:
        self._rng = None if seed is None else np.random.default_rng(seed)

    def rows(self, rows: list[Any]) -> list[Any]:
        """Some rows in this order."""
        if self._rng is None:
            return rows
        return [rows[i] for i in self._rng.permutation(len(rows))]


def _rows(columns: Mapping[str, Texts]) -> list[dict[str, str]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _scores(study: Study, scores: Numbers) -> Iterator[dict[str, str]]:
    """The rows of clinic.csv."""
    for row, donor in enumerate(study.score_donor):
        visit = {"visit": study.score_visit[row]} if study.score_visit else {}
        numbers = {s: f"{n:.6f}" for s, n in zip(study.scales, scores[:, row], strict=True)}
        yield {"donor": donor, **visit, **numbers}


def _cultures(layout: Layout) -> list[dict[str, str]]:
    """The rows of cultures.csv."""
    columns = {"culture": layout.cultures, "donor": layout.donor, "batch": layout.batch}
    columns |= {n: getattr(layout, n) for n in ("visit", "cell_type") if getattr(layout, n)}
    return list({row["culture"]: row for row in _rows(columns)}.values())


def _layout_rows(layout: Layout) -> Iterator[dict[str, str]]:
    """The rows of the plate layouts, well by well."""
    for w, row in enumerate(_rows(layout.columns)):
        yield {"well": f"w{w:04d}", "role": "sample", **row}


def _result_rows(study: Study) -> Iterator[dict[str, str]]:
    """The rows of the tables of results, well by well, in pg/mL with 12 digits."""
    hidden = study.undetected
    number = np.exp2(
        study.log2 if study.limit is None else np.where(hidden, study.limit, study.log2)
    )
    for w in range(number.shape[1]):
        mine = zip(study.series, number[:, w], hidden[:, w], strict=True)
        yield {"well": f"w{w:04d}", **{s: f"{'<' if h else ''}{n:.12g}" for s, n, h in mine}}


def _csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _yaml(study: Study, plates: Iterable[str]) -> str:
    """study.yaml."""
    from exvivo.study import Results

    stated = {"scale": "linear"} if "scale" in {f.name for f in fields(Results)} else {}
    layout = study.layout
    lines = ["exvivo: 1", "title: virtual", "simulated: true"]
    lines += _entries(
        "groups", ({"id": g, "name": f"group {g}"} for g in _kinds(layout.donors["group"]))
    )
    lines += _entries(
        "cell_types", ({"id": c, "name": f"cells {c}"} for c in _kinds(layout.cell_type))
    )
    lines += _entries("stimuli", map(_stimulus, _kinds(layout.stimulus)))
    lines += _entries("analytes", ({"id": s} for s in study.series))
    assay = {"id": "protein", "kind": "results", "readout": "protein", "unit": "pg/mL", **stated}
    lines += _entries("assays", [assay])
    lines += _entries("plates", map(_plate, plates))
    lines += _entries("scales", map(_scale, study.scales))
    lines += ["plan: " + _entry(study.plan), "questions:"]
    return "\n".join([*lines, *(f"  - {{{question}}}" for question in study.questions)]) + "\n"


def _kinds(words: Texts) -> list[str]:
    return sorted(set(words))


def _group(name: str) -> dict[str, object]:
    return {"id": name, "name": f"group {name}"}


def _cell_type(name: str) -> dict[str, object]:
    return {"id": name, "name": f"cells {name}"}


def _stimulus(name: str) -> dict[str, object]:
    control = {"control": "true"} if name == CONTROL else {}
    return {"id": name, "name": f"with {name}", **control}


def _plate(name: str) -> dict[str, object]:
    files = {"layout": f"plates/{name}.csv", "file": f"raw/{name}.csv"}
    return {"id": name, "assay": "protein", **files}


def _scale(name: str) -> dict[str, object]:
    ends = {"lowest": -1000, "highest": 1000}
    return {"id": name, "name": f"score {name}", **ends, "higher_is": "worse"}


def _entries(name: str, entries: Iterable[Mapping[str, object]]) -> list[str]:
    """One list of study.yaml; nothing where it is empty."""
    lines = [f"  - {_entry(entry)}" for entry in entries]
    return [f"{name}:", *lines] if lines else []


def _entry(entry: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in entry.items()) + "}"
