"""Everything a study folder holds: study.yaml and its tables, the instrument files of every plate,
clinic.csv and expression profiles; read, held against one another, and assigned to donors.

All mistakes of all files come at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from exvivo.cache import Cache
    from exvivo.errors import Mistake
    from exvivo.flagged import Flag
    from exvivo.read import FileRead, Ignored
    from exvivo.reconcile.held import UnreadOfQuestion
    from exvivo.sources import Sources
    from exvivo.store import File
    from exvivo.study import Identity, Plate, Study
    from exvivo.study.load import Examined

Progress = Callable[[str], None]
"""Called with the name of every step as it begins."""

Unread = tuple[str, str, str]
"""Something a file holds that was not read: the file, what, and why."""


@dataclass(frozen=True)
class Gathered:
    """A study with everything its files hold: WELLS, CLINIC, ANSWERS, VENDOR, what was not read,
    and every input by its hash.

    `hidden` are sheets of the study's own tables that a person may have meant to be read. `headers`
    are the facts each instrument file states about itself, `profiles` the expression that
    questions of identity are answered from, `flags` what its tables and files leave in doubt.
    `texts` are the bytes of the study's own tables, by their names, as they were parsed.
    """

    study: Study
    wells: pl.DataFrame
    clinic: pl.DataFrame
    answers: pl.DataFrame
    vendor: pl.DataFrame
    ignored: tuple[Unread, ...]
    inputs: tuple[File, ...]
    headers: tuple[tuple[str, dict[str, str]], ...] = ()
    profiles: pl.DataFrame | None = None
    flags: tuple[Flag, ...] = ()
    hidden: tuple[Unread, ...] = ()
    unread: tuple[UnreadOfQuestion, ...] = ()
    texts: Mapping[str, bytes] = field(default_factory=dict)


def unwatched(step: str) -> None:
    """The progress of a run that nobody watches."""


@dataclass
class _Reading:
    """A study while its files are read: instrument files by name, what was not read, and the
    mistakes of the study's own tables apart from those of files. `unread` are the plates a file of
    which could not be read.
    """

    sources: Sources
    cache: Cache
    study: Study
    study_mistakes: list[Mistake]
    file_mistakes: list[Mistake] = field(default_factory=list)
    answers: pl.DataFrame | None = None
    files: list[tuple[str, FileRead]] = field(default_factory=list)
    ignored: list[Unread] = field(default_factory=list)
    of_questions: list[UnreadOfQuestion] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def ignore(self, file: str, parts: Iterable[Ignored]) -> None:
        """Note parts of a file that were not read."""
        self.ignored += [(file, part.what, part.why) for part in parts]

    def forget_readings(self) -> None:
        """Let go of the readings: they are on their way into WELLS."""
        self.files = [
            (name, replace(read, readings=read.readings.clear())) for name, read in self.files
        ]

    def raise_mistakes(self, contradictions: Callable[[], list[Flag]]) -> None:
        """Raise all mistakes as one error, of the study if one of them is of its tables, with the
        contradictions beside them.
        """
        from exvivo.errors import ReadError, StudyError

        if self.study_mistakes:
            mistakes = [*self.study_mistakes, *self.file_mistakes]
            raise StudyError(mistakes, flags=contradictions())
        if self.file_mistakes:
            raise ReadError(self.file_mistakes, flags=contradictions())


def gather(
    folder: Path,
    *,
    progress: Progress = unwatched,
    cache: Cache | None = None,
    drafts: Mapping[str, bytes] | None = None,
) -> Gathered:
    """Read everything a study folder holds; plates that did not change come from the `cache`,
    where one is given. `drafts` stand for files of it, by name, as they may come to be. Raises
    `StudyError` or `ReadError` with the mistakes of all files at once.
    """
    from exvivo.cache import Cache
    from exvivo.people_files import read_answers, read_people, scored
    from exvivo.study.load import examine

    progress("reading the study")
    examined = examine(folder, drafts, read_people=read_people)
    study, mistakes = examined.study, list(examined.mistakes)
    reading = _Reading(examined.sources, cache or Cache(), study, mistakes)
    answers = read_answers(examined)
    reading.answers = answers.frame
    reading.ignored += answers.ignored
    reading.study_mistakes += answers.mistakes
    clinic = scored(answers, study)
    for plate in study.plates:
        progress(f"reading plate {plate.id}")
        _read_plate(plate, reading)
    examined = _complete(reading, _readings(reading), examined)
    _question_clinic(reading, examined, clinic)
    inputs = _inputs(reading)
    wells = _wells(_questioned_readings(reading, examined, inputs), reading)
    profiles = _read_profiles(reading)
    reading.raise_mistakes(lambda: _contradictions(reading, examined, wells, clinic))
    gathered = _gathered(reading, wells, clinic, inputs, profiles)
    looks = [(file, part.what, part.why) for file, part in examined.passed if part.look]
    return replace(
        gathered,
        hidden=tuple(looks),
        unread=tuple(reading.of_questions),
        texts=dict(reading.sources.texts),
    )


def _question_clinic(reading: _Reading, examined: Examined, clinic: pl.DataFrame) -> None:
    """Hold the visits of scores against the study, where donors and wells are known."""
    from exvivo.reconcile import clinic_visit_mistakes

    if examined.people and not examined.in_doubt and not clinic.is_empty():
        reading.study_mistakes += clinic_visit_mistakes(examined.study, clinic, examined.entry)


def _questioned_readings(
    reading: _Reading, examined: Examined, inputs: tuple[File, ...]
) -> dict[str, pl.DataFrame]:
    """The sound readings by plate, held against one another and the study. Curves and events fill
    the memory: rules that need none get none, and the files let go of theirs.
    """
    from exvivo import reconcile

    study, readings = examined.study, _sound_readings(reading, examined)
    hashes = {file.path: file.sha256 for file in inputs}
    reading.file_mistakes += reconcile.copied_files(hashes, study)
    reading.file_mistakes += reconcile.contradicted_cycles(readings, study)
    reading.study_mistakes += reconcile.plates_exported_twice(readings, study)
    numbers = readings.drop("x", "y")
    reading.study_mistakes += reconcile.missing_targets(numbers, study, examined.entry)
    reading.study_mistakes += reconcile.scale_mistakes(numbers, study)
    reading.study_mistakes += reconcile.blank_cell_mistakes(numbers, study)
    reading.forget_readings()
    return _by_plate(readings)


def _wells(of_plates: dict[str, pl.DataFrame], reading: _Reading) -> pl.DataFrame:
    """WELLS, with what their names say of exclusions; the study of `reading` likewise."""
    wells = _assigned(of_plates, reading)
    reading.study_mistakes += _without_declared_cq(wells, reading.study)
    reading.study, slips = _read_where_left_out(wells, reading.study)
    reading.study_mistakes += slips
    return wells


def assigned_anew(gathered: Gathered, study: Study) -> Gathered:
    """What the same files hold under another study: its wells, and what is then in doubt. Raises
    `StudyError` where a well cannot be assigned.
    """
    import polars as pl

    from exvivo.assign import assign
    from exvivo.reconcile import Held, questioned
    from exvivo.tables import READINGS, WELLS

    readings = gathered.wells.select(READINGS.schema.names())
    plates = [
        assign(readings.filter(plate=plate.id), study=replace(study, plates=(plate,)))
        for plate in study.plates
    ]
    wells = pl.concat([WELLS.frame(), *plates])
    headers = dict(gathered.headers)
    held = Held(
        study=study,
        wells=wells,
        clinic=gathered.clinic,
        answers=gathered.answers,
        headers=headers,
        texts=gathered.texts,
        unread=gathered.unread,
    )
    return replace(gathered, study=study, wells=wells, flags=tuple(questioned(held)))


def _contradictions(
    reading: _Reading, examined: Examined, wells: pl.DataFrame, clinic: pl.DataFrame
) -> list[Flag]:
    """What contradicts itself in the part of a study that has no mistake; nothing where donors are
    not known, and nothing about scores that could not be read.
    """
    if not examined.people or wells.is_empty():
        return []
    flags = _flags(reading, wells, clinic)
    unread = {"clinic"} if clinic.is_empty() else set()
    return [flag for flag in flags if flag.withholds and flag.table not in unread]


def _flags(reading: _Reading, wells: pl.DataFrame, clinic: pl.DataFrame) -> list[Flag]:
    """What the tables and files of a study leave in doubt."""
    from exvivo.reconcile import Held, questioned
    from exvivo.tables import ANSWERS

    held = Held(
        study=reading.study,
        wells=wells,
        clinic=clinic,
        answers=ANSWERS.frame() if reading.answers is None else reading.answers,
        headers=dict(_headers(reading)),
        texts=reading.sources.texts,
        unread=tuple(reading.of_questions),
    )
    return questioned(held)


def _headers(reading: _Reading) -> Iterator[tuple[str, dict[str, str]]]:
    """The facts that each file states about itself, by its name."""
    from exvivo.people_files import facts_of_export

    yield from ((name, dict(read.header)) for name, read in reading.files)
    if reading.study.redcap is not None:
        file = reading.study.redcap.data
        if facts := facts_of_export(reading.sources, file):
            yield file, facts


def _sound_readings(reading: _Reading, examined: Examined) -> pl.DataFrame:
    """The readings of whole plates whose wells are known, without wells of which something is asked
    already: what they contradict could only follow from a first mistake.
    """
    import polars as pl

    passed_over = [*reading.unread, *examined.unknown]
    if not passed_over and not examined.asked:
        return _readings(reading)
    asked = pl.DataFrame(
        sorted(examined.asked), schema={"plate": pl.String, "well": pl.String}, orient="row"
    )
    readings = _readings(reading).filter(~pl.col("plate").is_in(passed_over))
    return readings.join(asked, on=["plate", "well"], how="anti", maintain_order="left")


def _assigned(readings: dict[str, pl.DataFrame], reading: _Reading) -> pl.DataFrame:
    """WELLS of the readings of each plate, which are taken out of `readings`; those without a place
    in the study are mistakes.
    """
    import polars as pl

    from exvivo.assign import assign
    from exvivo.errors import StudyError
    from exvivo.tables import READINGS, WELLS

    once = reading.study.layout.unique(["plate", "well"], keep="first", maintain_order=True)
    layouts = _by_plate(once)
    declared = {assay.id for assay in reading.study.assays}
    wells = [WELLS.frame()]
    for plate in reading.study.plates:
        if plate.assay not in declared:
            continue
        # A well named twice is a mistake already.
        layout = layouts.get(plate.id, once.clear())
        alone = replace(reading.study, layout=layout, plates=(plate,))
        of_plate = readings.pop(plate.id, READINGS.frame())
        try:
            wells.append(assign(of_plate, study=alone))
        except StudyError as error:
            whole = replace(alone, layout=once)
            reading.study_mistakes += _with_the_way(list(error.mistakes), of_plate, whole)
    return pl.concat(wells)


def _by_plate(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of each plate."""
    runs = rows["plate"].rle().struct.unnest()
    if runs["value"].n_unique() < runs.height:
        parts = rows.partition_by("plate", as_dict=True, maintain_order=True)
        return {str(plate): own for (plate,), own in parts.items()}
    # Plate after plate, as files are read: slices share the memory of the whole.
    ends = runs["len"].cum_sum().to_list()
    columns = zip(runs["value"], ends, runs["len"], strict=True)
    return {plate: rows.slice(end - height, height) for plate, end, height in columns}


def _without_declared_cq(wells: pl.DataFrame, study: Study) -> list[Mistake]:
    """The wells of a qPCR that lack what its Cq is declared to come from."""
    from exvivo.quantify.qpcr.kinds import missing_kind
    from exvivo.study import Qpcr

    assays = [assay for assay in study.assays if isinstance(assay, Qpcr)]
    return [slip for qpcr in assays for slip in missing_kind(wells.filter(assay=qpcr.id), qpcr)]


def _read_where_left_out(wells: pl.DataFrame, study: Study) -> tuple[Study, list[Mistake]]:
    """The study with an analyte left out only where it is read; the lines of exclusions that meet
    no reading are mistakes.
    """
    from exvivo.errors import Mistake
    from exvivo.study.exclusions import where_read

    met, lines = where_read(study.exclusions, wells, study)
    found, expected = "an analyte that no file reads in these wells", "a reading to leave out"
    cure = "correct `analyte` or the wells, or remove the line"
    return replace(study, exclusions=met), [Mistake(ln, found, expected, cure) for ln in lines]


def _with_the_way(
    mistakes: Iterable[Mistake], readings: pl.DataFrame, study: Study
) -> list[Mistake]:
    """The mistakes of a plate with how its layout has to be moved, where wells are left over."""
    import polars as pl

    from exvivo.assign import assign
    from exvivo.errors import StudyError
    from exvivo.reconcile import Held, with_the_way

    (plate,) = study.plates
    known = pl.col("well").is_in(study.layout.filter(plate=plate.id)["well"].to_list())
    try:
        placed = assign(readings.filter(known), study=study)
    except StudyError:
        return list(mistakes)
    every = pl.concat([placed, readings.filter(~known)], how="diagonal")
    return with_the_way(mistakes, Held(study=study, wells=every), plate)


def _complete(reading: _Reading, readings: pl.DataFrame, examined: Examined) -> Examined:
    """The study with the wells that instrument files name; also as that of `reading`. A plate with
    a name that does not tell is one whose wells are not known.
    """
    import polars as pl

    from exvivo.study.load import complete
    from exvivo.tables import LAYOUT

    mistakes: list[Mistake] = []
    frames = [LAYOUT.frame()]
    unknown = set(examined.unknown)
    for plate in examined.study.plates:
        of_plate = readings.filter(plate=plate.id) if plate.samples else readings.clear()
        if not of_plate.is_empty():
            frame, slips = _wells_by_name(of_plate, plate, examined)
            frames.append(frame)
            mistakes += slips
            unknown |= {plate.id} if slips else set()
    samples = readings.select("plate", "well", "sample").drop_nulls().unique(maintain_order=True)
    completed = complete(examined, pl.concat(frames), mistakes, samples)
    reading.study_mistakes += completed.mistakes[len(examined.mistakes) :]
    reading.study = completed.study
    for file, part in completed.passed:
        reading.ignored.append((file, part.what, part.why))
    return replace(completed, unknown=frozenset(unknown))


def _wells_by_name(
    readings: pl.DataFrame, plate: Plate, examined: Examined
) -> tuple[pl.DataFrame, list[Mistake]]:
    """The LAYOUT rows of a plate whose pattern splits the names in its file, and the mistakes."""
    from exvivo.study.layout import layout_of_names
    from exvivo.study.named_wells import named_wells

    rows, unclear = named_wells(readings, plate, examined.study)
    frame, mistakes = layout_of_names(rows, plate, examined.study)
    return frame, [*unclear, *mistakes]


def _readings(reading: _Reading) -> pl.DataFrame:
    """The readings of all instrument files."""
    import polars as pl

    from exvivo.tables import READINGS

    return pl.concat([READINGS.frame(), *(read.readings for _, read in reading.files)])


def _gathered(
    reading: _Reading,
    wells: pl.DataFrame,
    clinic: pl.DataFrame,
    inputs: tuple[File, ...],
    profiles: pl.DataFrame,
) -> Gathered:
    """What was read without a mistake, its wells assigned to donors."""
    import polars as pl

    from exvivo.tables import ANSWERS, VENDOR

    for name, read in reading.files:
        reading.ignore(name, read.ignored)
    headers = tuple(_headers(reading))
    return Gathered(
        reading.study,
        wells,
        clinic,
        ANSWERS.frame() if reading.answers is None else reading.answers,
        pl.concat([VENDOR.frame(), *(read.vendor for _, read in reading.files)]),
        tuple(reading.ignored),
        inputs,
        headers,
        profiles,
        tuple(_flags(reading, wells, clinic)),
    )


def _inputs(reading: _Reading) -> tuple[File, ...]:
    """Every file of the study by the hash of the bytes that were parsed; those that a mistake kept
    from being read by that of their bytes. Those that cannot be read are mistakes already.
    """
    from exvivo.errors import ReadError
    from exvivo.store import File
    from exvivo.study.instrument_files import files_of_study

    sources = reading.sources
    read = {file.name for file in sources.inputs}
    for name in files_of_study(reading.study, sources):
        if name not in read:
            with suppress(ReadError):
                sources.read(name)
    try:
        sources.refuse_changed()
    except ReadError as error:
        reading.file_mistakes += error.mistakes
    return tuple(File(*file) for file in sources.inputs)


def _read_profiles(reading: _Reading) -> pl.DataFrame:
    """The expression that questions of identity are answered from; none where no donor is known."""
    import polars as pl

    from exvivo.study import Identity
    from exvivo.tables import PROFILES

    frames = [PROFILES.frame()]
    for question in reading.study.questions:
        if isinstance(question, Identity):
            frames += _profiles_of(question, reading)
    return pl.concat(frames)


def _profiles_of(question: Identity, reading: _Reading) -> list[pl.DataFrame]:
    """The expression one question is answered from; nothing after a mistake."""
    from exvivo.errors import ReadError
    from exvivo.read.expression.question import read_profiles

    if reading.study.donors.is_empty():
        return []
    if any(why.is_wall for why in map(reading.sources.trouble, question.files) if why):
        return []
    try:
        profiles, unread = read_profiles(reading.sources, question, reading.study)
    except ReadError as error:
        reading.file_mistakes += error.mistakes
        return []
    for file, part in unread:
        reading.ignore(file, [part])
        reading.of_questions.append((question.id, file, part.what, part.why, part.cure))
    return [profiles]


def _read_plate(plate: Plate, reading: _Reading) -> None:
    """The instrument files of a plate; it is `unread` after a mistake."""
    from exvivo.plate_files import read_files

    read = read_files(plate, reading.study, reading.sources, reading.cache)
    reading.files += read.files
    reading.file_mistakes += read.mistakes
    if not read.whole:
        reading.unread.add(plate.id)
