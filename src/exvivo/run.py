"""The whole way on one screen: a study folder to its report.

study ─► read ─► assign ─► quantify ─► flag ─► compare ─► tell ─► kept on record
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from exvivo.errors import Mistake
    from exvivo.read import FileRead
    from exvivo.store import File
    from exvivo.study import Assay, Immunoassay, Plate, Study
    from exvivo.study.nodes import Where
    from exvivo.tell import Provenance

Progress = Callable[[str], None]
"""Told the name of every step as it begins."""

Left = tuple[str, str, str]
"""Something a file holds that was not read: the file, what, and why."""


@dataclass(frozen=True)
class Gathered:
    """A study with everything its files hold: WELLS, CLINIC, VENDOR, what was not read, and every
    input by its hash.

    `headers` are the facts each instrument file states about itself, `profiles` the expression that
    questions of identity are answered from.
    """

    study: Study
    wells: pl.DataFrame
    clinic: pl.DataFrame
    vendor: pl.DataFrame
    ignored: tuple[Left, ...]
    inputs: tuple[File, ...]
    headers: tuple[tuple[str, dict[str, str]], ...] = ()
    profiles: pl.DataFrame | None = None


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
    flags: pl.DataFrame
    vendor: pl.DataFrame
    report: Path

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables of the run by name."""
        names = (
            "wells",
            "quantities",
            "assays",
            "clinic",
            "responses",
            "findings",
            "flags",
            "vendor",
        )
        return {name: getattr(self, name) for name in names}

    def _repr_html_(self) -> str:
        from exvivo.tell import findings_html

        return findings_html(self.findings)


def run(folder: str | Path, *, progress: Progress = lambda step: None) -> Result:
    """Take a study folder from its files to `results/report.html`, and keep the run on record.

    `progress` is told every step as it begins. The results take the place of the last ones only
    when they are complete. Raises `UserMistake` (`StudyError`, `ReadError`, `StoreError`) with
    everything that needs mending; then nothing is written.
    """
    from numpy.random import default_rng

    from exvivo import store, tell
    from exvivo.compare import compare, responses
    from exvivo.flag import Look, flags
    from exvivo.quantify import quantify

    root = Path(folder)
    gathered = gather(root, progress=progress)
    store.refuse_strangers(root)
    study, wells, clinic = gathered.study, gathered.wells, gathered.clinic
    progress("quantifying")
    quantities, assays = quantify(wells, study=study)
    progress(
        "comparing, with the joint model (a minute or two)" if study.plan.joint else "comparing"
    )
    answers = responses(quantities, study=study)
    findings = compare(
        answers,
        clinic,
        study=study,
        rng=default_rng(study.plan.seed),
        quantities=quantities,
        profiles=gathered.profiles,
    )
    findings = tell.worded(findings, study)
    look = Look(
        study=study,
        wells=wells,
        quantities=quantities,
        assays=assays,
        responses=answers,
        findings=findings,
        ignored=gathered.ignored,
        vendor=gathered.vendor,
    )
    result = Result(
        study,
        wells,
        quantities,
        assays,
        clinic,
        answers,
        findings,
        flags(look),
        gathered.vendor,
        root / store.RESULTS / "report.html",
    )
    provenance = _provenance(gathered)

    def write(results: Path) -> None:
        store.write_tables(result.tables, results / "tables", simulated=study.simulated)
        tables = tell.Tables.of(result.tables)
        tell.report(study, tables=tables, provenance=provenance, folder=results)
        (results / STUDY_FILE).write_bytes((root / STUDY_FILE).read_bytes())

    progress("writing the report")
    record = store.Run(
        version=provenance.version,
        study_hash=provenance.study_hash,
        inputs=gathered.inputs,
        parameters=provenance.parameters,
    )
    store.keep(root, run=record, write=write)
    return result


def gather(folder: Path, *, progress: Progress = lambda step: None) -> Gathered:
    """Read everything a study folder holds. Raises `StudyError` or `ReadError` with the mistakes of
    all files at once.
    """
    import polars as pl

    from exvivo.assign import assign
    from exvivo.errors import ReadError, StudyError
    from exvivo.store import hashed
    from exvivo.study.files import trouble
    from exvivo.study.load import examine
    from exvivo.tables import READINGS, VENDOR

    progress("reading the study")
    examined = examine(folder)
    study = examined.study
    clinic, ignored, wrong = _read_clinic(folder, study)
    mistakes = [*examined.mistakes, *wrong]
    files: list[tuple[str, FileRead]] = []
    unread: list[Mistake] = []
    for plate in study.plates:
        progress(f"reading plate {plate.id}")
        found, wrong = _read_plate(folder, plate, study)
        files += found
        unread += wrong
    readings = pl.concat([READINGS.frame(), *(read.readings for _, read in files)])
    paths = [path for path in sorted(_files(study)) if not trouble(folder / path)]
    inputs = tuple(hashed(folder / path, root=folder) for path in paths)
    unread += _copies(inputs, study)
    mistakes += _missing_targets(readings, study, examined.where, unread)
    profiles, left, wrong = _read_profiles(folder, study)
    ignored += left
    unread += wrong
    if mistakes:
        raise StudyError([*mistakes, *unread])
    if unread:
        raise ReadError(unread)
    wells = assign(readings, study=study)
    ignored += [(file, what.what, what.why) for file, read in files for what in read.ignored]
    headers = tuple((file, dict(read.header)) for file, read in files)
    vendor = pl.concat([VENDOR.frame(), *(read.vendor for _, read in files)])
    return Gathered(study, wells, clinic, vendor, tuple(ignored), inputs, headers, profiles)


CLINIC_FILE = "clinic.csv"
STUDY_FILE, DONORS_FILE = "study.yaml", "donors.csv"


def _read_clinic(folder: Path, study: Study) -> tuple[pl.DataFrame, list[Left], list[Mistake]]:
    """The scores, what was not read of them, and what needs mending; nothing where no scale or no
    donor is known.
    """
    from exvivo.errors import StudyError
    from exvivo.read import read_clinic
    from exvivo.tables import CLINIC

    if not study.scales or study.donors.is_empty():
        return CLINIC.frame(), [], []
    try:
        clinic, unread = read_clinic(folder / CLINIC_FILE, source=CLINIC_FILE, study=study)
    except StudyError as error:
        return CLINIC.frame(), [], list(error.mistakes)
    return clinic, [(CLINIC_FILE, what.what, what.why) for what in unread], []


def _read_profiles(folder: Path, study: Study) -> tuple[pl.DataFrame, list[Left], list[Mistake]]:
    """The expression that questions of identity are answered from, what was not read of it, and
    what needs mending.
    """
    import polars as pl

    from exvivo.errors import ReadError
    from exvivo.read.tables.expression import read_profiles
    from exvivo.study import Identity
    from exvivo.tables import PROFILES

    frames = [PROFILES.frame()]
    left: list[Left] = []
    wrong: list[Mistake] = []
    for question in study.questions:
        if not isinstance(question, Identity) or study.donors.is_empty():
            continue
        try:
            frame, unread = read_profiles(folder, question, study)
        except ReadError as error:
            wrong += error.mistakes
            continue
        frames.append(frame)
        left += [(file, what.what, what.why) for file, what in unread]
    return pl.concat(frames), left, wrong


def _read_plate(
    folder: Path, plate: Plate, study: Study
) -> tuple[list[tuple[str, FileRead]], list[Mistake]]:
    """A plate's file, or its one file a well, each read; and what needs mending. Absent files were
    told of before.
    """
    from exvivo.errors import ReadError
    from exvivo.read import read_plate
    from exvivo.study.files import trouble

    assay = next((assay for assay in study.assays if assay.id == plate.assay), None)
    analytes = [analyte.id for analyte in study.analytes]
    found: list[tuple[str, FileRead]] = []
    wrong: list[Mistake] = []
    for file, well in sorted(_files_of(plate, study), key=lambda named: named[0] != plate.curves):
        if assay is None or trouble(folder / file):
            continue
        try:
            read = read_plate(
                folder / file,
                source=file,
                plate=plate.id,
                assay=assay,
                well=well,
                run=plate.run,
                analytes=analytes,
            )
        except ReadError as error:
            wrong += error.mistakes
            continue
        found.append((file, read))
        if file == plate.curves:
            assay = _with_cycles(assay, read)
    return sorted(found, key=lambda read: read[0] != plate.file), wrong


def _with_cycles(assay: Assay, curves: FileRead) -> Assay:
    """The assay with the cycles its curves run to, for the file of Cq that does not say."""
    from exvivo.study import Qpcr

    ends = curves.readings["x"].drop_nulls().list.max().drop_nulls()
    if not isinstance(assay, Qpcr) or assay.cycles is not None or ends.is_empty():
        return assay
    return replace(assay, cycles=int(ends.to_numpy().max()))


def _copies(inputs: tuple[File, ...], study: Study) -> list[Mistake]:
    """Instrument files of other names and the same bytes: one measurement would count as two."""
    from exvivo.errors import Mistake

    measured = {file for plate in study.plates for file, _ in _files_of(plate, study)}
    first: dict[str, str] = {}
    return [
        Mistake(
            file.path,
            f"the same bytes as {first[file.sha256]}",
            "a measurement of its own in each instrument file",
            "export the right file in its place: this one is a copy",
        )
        for file in inputs
        if file.path in measured and first.setdefault(file.sha256, file.path) != file.path
    ]


def _missing_targets(
    readings: pl.DataFrame, study: Study, where: Where, unread: list[Mistake]
) -> list[Mistake]:
    """Reference genes and analytes asked about that no file of their assay holds; told where every
    file could be read.
    """
    from exvivo.errors import Mistake
    from exvivo.study import Immunoassay, Measured, Qpcr

    wrong: list[Mistake] = []
    for i, assay in enumerate(study.assays):
        plates = [plate.id for plate in study.plates if plate.assay == assay.id]
        mine = readings.filter(readings["plate"].is_in(plates))
        if not unread and isinstance(assay, Immunoassay) and set(mine["plate"]) == set(plates):
            wrong += _missing_channels(mine, assay, study, where)
        if unread or not isinstance(assay, Qpcr) or set(mine["plate"]) != set(plates):
            continue
        layout = study.layout.filter(study.layout["plate"].is_in(plates))["target"].drop_nulls()
        targets = sorted({*mine["channel"], *layout} - {""})
        held = {assay.targets.get(target, target) for target in targets}
        wrong += [
            Mistake(
                where(("questions", q, "analytes")),
                f"analyte {analyte}: no well of it in any file of {assay.id}; the targets found are: "
                + (", ".join(targets) or "none"),
                "every analyte a question asks of an assay, as the instrument file names it or under `targets`",
                f"write `targets: {{NAME IN THE FILE: {analyte}}}` in the assay, or take it out of the question",
            )
            for q, question in enumerate(study.questions)
            if isinstance(question, Measured) and plates and assay.id in question.assays
            for analyte in question.analytes
            if analyte not in held
        ]
        wrong += [
            Mistake(
                where(("assays", i, "references")),
                f"reference {name}: no well with this target in any file of {assay.id}; the targets found are: "
                + (", ".join(targets) or "none"),
                "every reference of study.yaml as the instrument file names it",
                "correct the name under `references`, add the file that holds it, or name targets in the layout (column "
                "`target`) where the file names none",
            )
            for name in (assay.references if plates else ())
            if name not in targets
        ]
    return wrong


def _missing_channels(
    readings: pl.DataFrame, assay: Immunoassay, study: Study, where: Where
) -> list[Mistake]:
    """Analytes that questions ask of an immunoassay and that no channel of its files is."""
    from exvivo.catalog import known_as
    from exvivo.errors import Mistake
    from exvivo.study import Measured

    channels = sorted({*readings["channel"], *study.layout["target"].drop_nulls()} - {""})
    held = {
        name for c in channels for name in (assay.channels.get(c, ""), known_as(c) or "", c)
    } | {assay.analyte}
    return [
        Mistake(
            where(("questions", q, "analytes")),
            f"analyte {analyte}: in no file of {assay.id}; the channels found are: "
            + (", ".join(channels) or "none"),
            "every analyte a question asks of an assay, as the file names it or under `channels`",
            f"write `channels: {{NAME IN THE FILE: {analyte}}}` in the assay, or take it out of the question",
        )
        for q, question in enumerate(study.questions)
        if isinstance(question, Measured) and assay.id in question.assays
        for analyte in question.analytes
        if analyte not in held
    ]


def _files_of(plate: Plate, study: Study) -> list[tuple[str, str | None]]:
    """The instrument files of a plate, each with its well where a file holds one well."""
    if plate.file:
        return [(name, None) for name in (plate.file, plate.curves) if name]
    rows = study.layout.filter(plate=plate.id).drop_nulls("file")
    return list(rows.select("file", "well").iter_rows())


def _files(study: Study) -> set[str]:
    """Every file a run of the study reads, from the study folder."""
    from exvivo.study.cultures import CULTURES_FILE

    files = {STUDY_FILE, DONORS_FILE, *({CLINIC_FILE} if study.scales else ())}
    files |= {CULTURES_FILE} if study.cultures.height else set()
    files |= {file for question in study.questions for file in getattr(question, "files", ())}
    for plate in study.plates:
        files |= {plate.layout, *(file for file, _ in _files_of(plate, study))}
    return files


def study_hash(inputs: tuple[File, ...]) -> str:
    """The hash of a study and its data: of the lines `sha256sum` prints for its files, sorted by
    path.
    """
    lines = "".join(
        f"{file.sha256}  {file.path}\n" for file in sorted(inputs, key=lambda file: file.path)
    )
    return hashlib.sha256(lines.encode()).hexdigest()


def _provenance(gathered: Gathered) -> Provenance:
    from exvivo import __version__
    from exvivo.tell import Provenance

    return Provenance(
        version=__version__,
        study_hash=study_hash(gathered.inputs),
        inputs=tuple((file.path, file.sha256, file.bytes) for file in gathered.inputs),
        parameters=_parameters(gathered.study),
        packages=_packages(),
        ignored=gathered.ignored,
        headers=gathered.headers,
    )


def _parameters(study: Study) -> dict[str, str]:
    """Every parameter the study sets or leaves at its default: of the plan and of each assay."""
    named = [("plan", study.plan), *((assay.id, assay) for assay in study.assays)]
    return {
        f"{name}.{f.name}": _plain(getattr(record, f.name))
        for name, record in named
        for f in fields(record)
    }


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value)) or "none"
    if is_dataclass(value):
        return " ".join(f"{f.name} {_plain(getattr(value, f.name))}" for f in fields(value))
    return "none" if value in (None, "") else str(value)


def _packages() -> dict[str, str]:
    """The versions of what the numbers and figures were made with."""
    import platform
    from importlib.metadata import version

    names = ("numpy", "scipy", "polars", "altair", "vl-convert-python", "flowio", "python-calamine")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
