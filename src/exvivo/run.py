"""The whole way on one screen: a study folder to its report.

study ─► read ─► reconcile ─► assign ─► quantify ─► flag ─► compare ─► tell ─► kept on record

The first four steps are `gather`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exvivo import __version__
from exvivo.gather import Gathered, Progress, gather, unwatched
from exvivo.record import Decided, locks_of, look_at, renew_page

if TYPE_CHECKING:
    import polars as pl

    from exvivo.cache import Cache
    from exvivo.compare import Kept
    from exvivo.past import LookAt
    from exvivo.plan.blinding import Key
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
    "exclusions",
    "with_and_without",
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
    exclusions: pl.DataFrame
    with_and_without: pl.DataFrame
    flags: pl.DataFrame
    vendor: pl.DataFrame
    report: Path
    look: LookAt | None = None

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables of the run by name."""
        return {name: getattr(self, name) for name in _TABLES}

    def _repr_html_(self) -> str:
        from exvivo.tell import findings_html

        return findings_html(self.findings)


@dataclass(frozen=True)
class _Before:
    """What a run takes over: the studies that the last one simulated, its drawings, what people
    decided, tables made from the same files, and the key of a blinded study.
    """

    kept: Kept
    drawings: Mapping[str, str]
    decided: Decided
    cache: Cache
    key: Key | None = None


def run(folder: str | Path, *, progress: Progress | None = None, blinded: bool = False) -> Result:
    """Take a study folder from its files to `results/report.html`, and keep the run on record.

    `progress` is called with every step as it begins. The results take the place of the last ones
    only when they are complete. `blinded` hides the groups from now on: every run stands under
    codes until the blinding is lifted (`exvivo unblind`). Raises `UserMistake` (`StudyError`,
    `ReadError`, `StoreError`) with everything to be fixed; then nothing is written but
    that the study is blinded.
    """
    from exvivo import store
    from exvivo.cache import Cache
    from exvivo.plan.blinding import key_of

    root, step = Path(folder), progress or unwatched
    store.refuse_unfinished(root)
    if blinded:
        _begin(root)
    cache = Cache.of(root)
    gathered = gather(root, progress=step, cache=cache)
    store.refuse_strangers(root)
    key = key_of(root, gathered)
    before = _Before(
        _simulated_before(root), _drawn_before(root), _decided_before(root, gathered), cache, key
    )
    result = _answer(gathered, root / store.RESULTS / "report.html", before, step)
    cache.tidy()
    step("writing the report")
    results = _keep(result, gathered, before, root)
    renew_page(root)
    return replace(result, report=results / "report.html")


def _begin(root: Path) -> None:
    """Blind a study before its files are read: a mistake in them is told under codes already."""
    from exvivo import store
    from exvivo.plan.blinding import begin
    from exvivo.study.files import STUDY_FILE

    if (root / STUDY_FILE).is_file():
        store.refuse_strangers(root)
        begin(root)


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


def _decided_before(root: Path, gathered: Gathered) -> Decided:
    """The locks of the study, and its last decision on record."""
    from exvivo import store

    return Decided(locks_of(root, gathered.study, gathered.texts), store.last_decision(root))


def _answer(gathered: Gathered, report: Path, before: _Before, progress: Progress) -> Result:
    """The findings and flags of a study that was read."""
    from numpy.random import default_rng

    from exvivo.account import account
    from exvivo.compare import compare, responses, touched, with_and_without
    from exvivo.decide.brief import Measured, everything_put_back
    from exvivo.flag import Look, flags
    from exvivo.flagged import flags_of
    from exvivo.quantify import quantify

    study, wells, clinic = gathered.study, gathered.wells, gathered.clinic
    progress("quantifying")
    quantities, assays = quantify(wells, study=study, cache=before.cache)
    progress(
        "comparing, with the joint model (a minute or two)" if study.plan.joint else "comparing"
    )
    answers = responses(quantities, study=study)
    look = look_at(study, answers["donor"].n_unique(), before.decided.locks)
    study = study if look is None else _at_level(study, look.nominal)
    compared = compare(
        answers,
        clinic,
        study=study,
        rng=default_rng(study.plan.seed),
        quantities=quantities,
        profiles=gathered.profiles,
        kept=before.kept,
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
    seen = Look(
        study=study,
        wells=wells,
        quantities=quantities,
        assays=assays,
        responses=answers,
        findings=compared,
        ignored=gathered.ignored,
        vendor=gathered.vendor,
    )
    flagged = flags(seen, gathered.flags)
    given = touched(compared, flags_of(flagged), study)
    back = everything_put_back(replace(gathered, study=study), Measured(quantities, assays))
    given, both = with_and_without(given, back, left_out)
    whole = Result(
        study,
        wells,
        quantities,
        assays,
        clinic,
        answers,
        given,
        answered,
        left_out,
        study.exclusions,
        both,
        flagged,
        gathered.vendor,
        report,
        look,
    )
    return _worded(whole, before.key)


def _worded(result: Result, key: Key | None) -> Result:
    """What was computed with the words of its findings, under the codes of a blinded study."""
    from exvivo.plan.blinding import coded_study, coded_tables
    from exvivo.tell import worded

    if key is not None:
        tables: dict[str, Any] = dict(coded_tables(result.tables, key))
        result = replace(result, study=coded_study(result.study, key), **tables)
    return replace(result, findings=worded(result.findings, result.study))


def _at_level(study: Study, level: float) -> Study:
    """The study with tests and intervals of another level."""
    return replace(study, plan=replace(study.plan, alpha=level))


def _keep(result: Result, gathered: Gathered, before: _Before, root: Path) -> Path:
    """Write tables and report into the results of the folder, and the run on record; gives the
    folder of the results.
    """
    from exvivo import store
    from exvivo.decide.decisions import decisions_of

    heads = [before.decided.head]

    def write(results: Path) -> None:
        decided = replace(before.decided, head=heads[-1])
        _write(result, gathered, replace(before, decided=decided), results)

    record = store.Run(
        version=__version__,
        study_hash=store.study_hash(gathered.inputs),
        inputs=gathered.inputs,
        parameters=store.parameters_of(gathered.study),
        packages=store.packages(),
        machine=store.machine(),
        days=_days(gathered),
        blinded=before.key is not None,
    )
    return store.keep(
        root,
        run=record,
        write=write,
        texts=_kept_texts(gathered),
        decisions=decisions_of(gathered),
        tell=heads.append,
    )


def _kept_texts(gathered: Gathered) -> dict[str, bytes]:
    """The texts that the record keeps of the inputs, and the donors made of a REDCap export."""
    from exvivo.study.files import DONORS_FILE, DONORS_OF_REDCAP

    texts = dict(gathered.texts)
    if gathered.study.redcap is not None:
        texts[DONORS_OF_REDCAP] = texts.pop(DONORS_FILE)
    return texts


def make_again(root: Path, gathered: Gathered, results: Path, *, progress: Progress) -> None:
    """Make the results of a study that was read in an empty folder elsewhere: from nothing that was
    kept of the last run, and without a word on record.
    """
    from exvivo.cache import Cache
    from exvivo.compare import Kept
    from exvivo.plan.blinding import key_of_last_run

    key = key_of_last_run(root, gathered)
    before = _Before(Kept(), {}, _decided_before(root, gathered), Cache(), key)
    result = _answer(gathered, results / "report.html", before, progress)
    progress("writing the report")
    _write(result, gathered, before, results)


def _write(result: Result, gathered: Gathered, before: _Before, results: Path) -> None:
    """Write everything that a run makes into a folder."""
    from exvivo import store, tell
    from exvivo.compare import FILE
    from exvivo.study.files import STUDY_FILE
    from exvivo.study.instrument_files import files_of_scales

    study = result.study
    store.write_tables(result.tables, results / "tables", simulated=study.simulated)
    tell.report(
        study,
        tables=tell.Tables.of(result.tables),
        provenance=_provenance(gathered, before, result.look),
        folder=results,
        kept=before.drawings,
    )
    # What is copied names the groups: it stays where it is while a study is blinded.
    for name in () if before.key else (STUDY_FILE, *files_of_scales(study)):
        copy = results / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(gathered.texts[name])
    if study.plan.calibrate:
        (results / FILE).write_text(before.kept.text(), encoding="utf-8", newline="\n")


def _days(gathered: Gathered) -> tuple[str, ...]:
    """The first and the last day that the instrument files state; none where none states one."""
    from exvivo.study.run_days import run_days

    days = run_days(header for _, header in gathered.headers)
    return (days[0].isoformat(), days[-1].isoformat()) if days else ()


def _provenance(gathered: Gathered, before: _Before, look: LookAt | None) -> Provenance:
    """What the report says of where its numbers come from."""
    from exvivo import store
    from exvivo.plan.blinding import coded_provenance
    from exvivo.tell import Provenance

    plain = Provenance(
        version=__version__,
        study_hash=store.study_hash(gathered.inputs),
        inputs=tuple(map(astuple, gathered.inputs)),
        parameters=store.parameters_of(gathered.study),
        ignored=gathered.ignored,
        headers=gathered.headers,
        decided=before.decided.head,
        locks=before.decided.locks,
        look=look,
    )
    return plain if before.key is None else coded_provenance(plain, before.key)
