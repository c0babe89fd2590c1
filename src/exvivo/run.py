"""The whole way on one screen: a study folder to its report.

study ─► read ─► reconcile ─► assign ─► quantify ─► flag ─► compare ─► tell ─► kept on record

The first four steps are `gather`.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.gather import Gathered, Progress, gather, unwatched

if TYPE_CHECKING:
    import polars as pl

    from exvivo.compare import Kept
    from exvivo.study import Study
    from exvivo.tell import Provenance

_TABLES = (
    "wells",
    "quantities",
    "assays",
    "clinic",
    "responses",
    "findings",
    "answered",
    "left_out",
    "flags",
    "vendor",
)


@dataclass(frozen=True)
class Result:
    """A study answered: its tables as polars frames, its findings, and where the report is. Shows
    itself in a notebook.
    """

    study: Study
    wells: pl.DataFrame
    quantities: pl.DataFrame
    assays: pl.DataFrame
    clinic: pl.DataFrame
    responses: pl.DataFrame
    findings: pl.DataFrame
    answered: pl.DataFrame
    left_out: pl.DataFrame
    flags: pl.DataFrame
    vendor: pl.DataFrame
    report: Path

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables of the run by name."""
        return {name: getattr(self, name) for name in _TABLES}

    def _repr_html_(self) -> str:
        from exvivo.tell import findings_html

        return findings_html(self.findings)


def run(folder: str | Path, *, progress: Progress | None = None) -> Result:
    """Take a study folder from its files to `results/report.html`, and keep the run on record.

    `progress` is called with every step as it begins. The results take the place of the last ones
    only when they are complete. Raises `UserMistake` (`StudyError`, `ReadError`, `StoreError`) with
    everything to be fixed; then nothing is written.
    """
    from exvivo import store

    root, step = Path(folder), progress or unwatched
    gathered = gather(root, progress=step)
    store.refuse_strangers(root)
    kept = _simulated_before(root)
    result = _answer(gathered, root / store.RESULTS / "report.html", kept, step)
    step("writing the report")
    return replace(result, report=_keep(result, gathered, kept, root) / "report.html")


def _simulated_before(root: Path) -> Kept:
    """What the last run simulated, if the file is the one that it wrote."""
    from exvivo import store
    from exvivo.compare import FILE, Kept

    path, last = root / store.RESULTS / FILE, store.last_run(root)
    if last is None or not path.is_file() or store.hashed(path, root=root) not in last.outputs:
        return Kept()
    return Kept.of(path.read_text("utf-8"))


def _drawn_before(root: Path) -> dict[str, str]:
    """The drawings of the last run by their names, those that are as it wrote them."""
    from exvivo import store

    last = store.last_run(root)
    drawings = [file for file in last.outputs if file.path.endswith(".svg")] if last else []
    return {
        path.name: path.read_text("utf-8")
        for file in drawings
        if (path := root / file.path).is_file() and store.hashed(path, root=root) == file
    }


def _answer(gathered: Gathered, report: Path, kept: Kept, progress: Progress) -> Result:
    """The findings and flags of a study that was read."""
    from numpy.random import default_rng

    from exvivo.account import account
    from exvivo.compare import compare, responses, touched
    from exvivo.flag import Look, flags
    from exvivo.flagged import flags_of
    from exvivo.quantify import quantify
    from exvivo.tell import worded

    study, wells, clinic = gathered.study, gathered.wells, gathered.clinic
    progress("quantifying")
    quantities, assays = quantify(wells, study=study)
    progress(
        "comparing, with the joint model (a minute or two)" if study.plan.joint else "comparing"
    )
    answers = responses(quantities, study=study)
    compared = compare(
        answers,
        clinic,
        study=study,
        rng=default_rng(study.plan.seed),
        quantities=quantities,
        profiles=gathered.profiles,
        kept=kept,
        simulating=lambda done, answers: progress(
            f"simulating studies of this design: answer {done + 1} of {answers}"
        ),
    )
    answered, left_out = account(
        compared,
        study=study,
        wells=wells,
        quantities=quantities,
        responses=answers,
        clinic=clinic,
    )
    look = Look(
        study=study,
        wells=wells,
        quantities=quantities,
        assays=assays,
        responses=answers,
        findings=compared,
        ignored=gathered.ignored,
        vendor=gathered.vendor,
    )
    flagged = flags(look, gathered.flags)
    findings = worded(touched(compared, flags_of(flagged), study), study)
    return Result(
        study,
        wells,
        quantities,
        assays,
        clinic,
        answers,
        findings,
        answered,
        left_out,
        flagged,
        gathered.vendor,
        report,
    )


def _keep(result: Result, gathered: Gathered, kept: Kept, root: Path) -> Path:
    """Write tables and report into the results of the folder, and the run on record; gives the
    folder of the results.
    """
    from exvivo import store, tell
    from exvivo.compare import FILE
    from exvivo.study.files import STUDY_FILE

    study, provenance = result.study, _provenance(gathered)
    drawings = _drawn_before(root)

    def write(results: Path) -> None:
        store.write_tables(result.tables, results / "tables", simulated=study.simulated)
        tell.report(
            study,
            tables=tell.Tables.of(result.tables),
            provenance=provenance,
            folder=results,
            kept=drawings,
        )
        (results / STUDY_FILE).write_bytes((root / STUDY_FILE).read_bytes())
        if study.plan.calibrate:
            (results / FILE).write_text(kept.text(), encoding="utf-8", newline="\n")

    record = store.Run(
        version=provenance.version,
        study_hash=provenance.study_hash,
        inputs=gathered.inputs,
        parameters=provenance.parameters,
        packages=provenance.packages,
    )
    return store.keep(root, run=record, write=write)


def _provenance(gathered: Gathered) -> Provenance:
    """What the report says of where its numbers come from."""
    from exvivo import __version__, store
    from exvivo.tell import Provenance

    return Provenance(
        version=__version__,
        study_hash=store.study_hash(gathered.inputs),
        inputs=tuple(map(astuple, gathered.inputs)),
        parameters=store.parameters_of(gathered.study),
        packages=store.packages(),
        ignored=gathered.ignored,
        headers=gathered.headers,
    )
