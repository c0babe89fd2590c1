"""What people decided about a study: read from its files, put into them and on record, and what it
would make of every answer before it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.gather import Gathered, Progress, gather, unwatched

if TYPE_CHECKING:
    import polars as pl

    from exvivo.cache import Cache
    from exvivo.decide.brief import Measured
    from exvivo.errors import Mistake
    from exvivo.findings import Finding
    from exvivo.flagged import Flag
    from exvivo.store import Decision, File, Run
    from exvivo.study import Study

_KEEP = "exvivo keep"
Hashes = Mapping[str, str]
"""The sha256 of files by their name."""


def decisions_of(gathered: Gathered) -> list[Decision]:
    """What stands in the files of a study: lines of exclusions, wells that layouts exclude, flags
    that are accepted.
    """
    hashes = {file.path: file.sha256 for file in gathered.inputs}
    return [
        *_lines(gathered.texts, hashes),
        *_of_layouts(gathered.study, hashes),
        *_accepted(gathered.study, hashes),
    ]


def _lines(texts: Mapping[str, bytes], hashes: Hashes) -> Iterator[Decision]:
    """The lines of the table of exclusions."""
    from exvivo.store import Decision
    from exvivo.study.exclusion_lines import lines_of
    from exvivo.study.files import EXCLUSIONS_FILE, forms_of

    for name in forms_of(EXCLUSIONS_FILE):
        if name in texts and name in hashes:
            for line in lines_of(texts[name], name):
                yield Decision("exclude", line, file=hashes[name])


def _of_layouts(study: Study, hashes: Hashes) -> Iterator[Decision]:
    """The wells that layouts exclude, those of a plate and a reason as one decision."""
    import polars as pl

    from exvivo.store import Decision

    layouts = {plate.id: plate.layout for plate in study.plates}
    lines = study.layout.select("line", "plate", "well")
    own = study.exclusions.join(lines, on=["line", "plate", "well"], how="semi")
    groups = own.group_by("plate", "reason", maintain_order=True).agg(pl.col("well"))
    for plate, reason, wells in groups.iter_rows():
        says = {"layout": layouts[plate], "plate": plate, "wells": ";".join(wells)}
        yield Decision("exclude", {**says, "reason": reason}, file=hashes.get(layouts[plate], ""))


def _accepted(study: Study, hashes: Hashes) -> Iterator[Decision]:
    from exvivo.store import Decision
    from exvivo.study.files import STUDY_FILE

    for each in study.accept:
        says = {"flag": each.flag, "reason": each.reason}
        yield Decision("keep", says, file=hashes.get(STUDY_FILE, ""))


# A decision before it is made.


def today() -> str:
    """The day it is here, as tables have it."""
    return datetime.now(UTC).astimezone().date().isoformat()


@dataclass(frozen=True)
class Draft:
    """A decision that is not made yet: the file it goes into, before and after."""

    decision: Decision
    name: str
    before: bytes | None
    after: bytes

    @property
    def drafts(self) -> dict[str, bytes]:
        """The file as it would be."""
        return {self.name: self.after}


def drafted_exclusion(folder: Path, line: Mapping[str, str], today: str) -> Draft:
    """A line more in exclusions.csv, of `today` where the table has days, and with the groups
    hidden where the study is blinded and nothing else was said. Raises `StudyError` where it cannot
    be written there.
    """
    from exvivo.plan.blinding import is_blinded, meant
    from exvivo.sources import Content
    from exvivo.store import Decision
    from exvivo.study.exclusion_lines import lines_of, with_line

    name, before = exclusions_now(folder)
    hidden = {"labels": "hidden"} if is_blinded(folder) else {}
    said = meant(folder, {name: words for name, words in line.items() if words})
    after = with_line(before, said, where_there={"when": today, **hidden})
    says, sha256 = lines_of(after)[-1], Content.of(after, name).sha256
    return Draft(Decision("exclude", says, file=sha256), name, before, after)


def exclusions_now(folder: Path) -> tuple[str, bytes | None]:
    """The name and the bytes of exclusions.csv; None where it is not there. Raises `StudyError` for
    a workbook.
    """
    from exvivo.sources import Sources
    from exvivo.study.files import EXCLUSIONS_FILE, table_file, table_of

    sources = Sources(folder)
    name = table_file(sources, EXCLUSIONS_FILE)
    if name != EXCLUSIONS_FILE:
        raise _workbook(name)
    return name, table_of(sources, name) if sources.is_there(name) else None


def _workbook(name: str) -> Exception:
    from exvivo.errors import Mistake, StudyError

    cure = "change the line there by hand, or save the table as exclusions.csv and move it away"
    return StudyError(
        Mistake(name, "a workbook", "a csv, of which single lines can be changed", cure)
    )


def drafted_keeping(folder: Path, flag: str, reason: str, beside: Mapping[str, str]) -> Draft:
    """A flag accepted in study.yaml. Raises `StudyError` where it cannot be written there."""
    from exvivo.sources import Content, Sources
    from exvivo.store import Decision
    from exvivo.study.accepting import with_accepted
    from exvivo.study.files import STUDY_FILE, table_of

    before = table_of(Sources(folder), STUDY_FILE)
    after = with_accepted(before, flag, reason)
    says, sha256 = {"flag": flag, "reason": reason}, Content.of(after, STUDY_FILE).sha256
    return Draft(Decision("keep", says, beside, sha256), STUDY_FILE, before, after)


# What every answer is now, and would be then.


@dataclass(frozen=True)
class Outlook:
    """The answers that a decision changes, each now and then; and how many it leaves as they are.
    `gathered` is the study with it; `ran` whether what is now is what the last run found.
    """

    gathered: Gathered
    pairs: tuple[tuple[Finding, Finding], ...]
    unchanged: int
    ran: bool


def outlook(folder: Path, draft: Draft, progress: Progress = unwatched) -> Outlook:
    """What a decision would make of the answers, as the next run would give them; nothing is
    written.
    """
    from exvivo.cache import Cache
    from exvivo.compare import changed
    from exvivo.decide.brief import brief_answers, families_of
    from exvivo.plan.blinding import seen_outlook
    from exvivo.record import locks_of

    cache = Cache.of(folder)
    then = gather(folder, progress=progress, drafts=draft.drafts, cache=cache)
    progress("comparing")
    now = _now(folder, draft, then, cache)
    anew = _assays_anew(now.exclusions, then.study)
    families = families_of(then.study, anew)
    if now.withholding != _withholding(then.flags):
        families |= now.families
    after = brief_answers(
        then,
        families=families,
        known=now.measured,
        anew=anew,
        settled=now.answers,
        locks=locks_of(folder, then.study, then.texts),
        cache=cache,
    )
    pairs = tuple(changed(now.answers, after))
    plain = Outlook(then, pairs, len(now.answers) - len(pairs), now.ran)
    return seen_outlook(folder, plain)


@dataclass(frozen=True)
class _Now:
    """A study before a decision: its answers, what they rest on, and what withholds them."""

    answers: list[Finding]
    measured: Measured
    exclusions: pl.DataFrame
    withholding: frozenset[str]
    ran: bool

    @property
    def families(self) -> set[str]:
        """All families."""
        return {answer.family for answer in self.answers}


def _withholding(flags: Sequence[Flag]) -> frozenset[str]:
    return frozenset(flag.name for flag in flags if flag.withholds)


def _now(folder: Path, draft: Draft, then: Gathered, cache: Cache) -> _Now:
    """What the last run found, where it is of these files; else computed."""
    from exvivo import store

    run = store.last_run(folder)
    if run is not None and _stands(run, draft, then.inputs):
        last = _of_last_run(folder, run)
        if last is not None:
            return last
    from exvivo.decide.brief import Measured, brief_answers
    from exvivo.quantify import quantify
    from exvivo.record import locks_of

    now = gather(folder, cache=cache)
    measured = Measured(*quantify(now.wells, study=now.study, cache=cache))
    locks = locks_of(folder, now.study, now.texts)
    answers = brief_answers(now, known=measured, locks=locks)
    return _Now(answers, measured, now.study.exclusions, _withholding(now.flags), ran=False)


def _stands(run: Run, draft: Draft, inputs: Sequence[File]) -> bool:
    """Whether a run was of the files that are there, but for the draft, by this version; what it
    found under codes is computed anew.
    """
    from exvivo import __version__
    from exvivo.sources import Content

    now = {file.path: file.sha256 for file in inputs if file.path != draft.name}
    if draft.before is not None:
        now[draft.name] = Content.of(draft.before, draft.name).sha256
    same = {file.path: file.sha256 for file in run.inputs} == now
    return same and run.version == __version__ and not run.blinded


def _of_last_run(folder: Path, run: Run) -> _Now | None:
    """What a run found, from its tables; None where they are not as it wrote them."""
    from exvivo import store
    from exvivo.decide.brief import Measured
    from exvivo.findings import findings_of
    from exvivo.flagged import flags_of

    names = ("findings", "quantities", "assays", "exclusions", "flags")
    tables = folder / store.RESULTS / "tables"
    made = {file.path: file.sha256 for file in run.outputs}
    for name in names:
        path = tables / f"{name}.parquet"
        if not path.is_file() or store.hashed(path, root=folder).sha256 != made.get(
            path.relative_to(folder).as_posix()
        ):
            return None
    findings, quantities, assays, exclusions, flags = (
        store.read_table(name, folder=tables) for name in names
    )
    answers = [each for each in findings_of(findings) if each.part == "answer"]
    withholding = _withholding(flags_of(flags))
    return _Now(answers, Measured(quantities, assays), exclusions, withholding, ran=True)


def _assays_anew(before: pl.DataFrame, study: Study) -> set[str]:
    """The assays with a plate of which something else is left out than before."""
    import polars as pl

    columns = ["plate", "well", "analyte"]
    sides = [
        frame.select(columns).unique(maintain_order=True) for frame in (before, study.exclusions)
    ]
    first, second = sides
    apart = [
        first.join(second, on=columns, how="anti", nulls_equal=True),
        second.join(first, on=columns, how="anti", nulls_equal=True),
    ]
    plates = set(pl.concat(apart)["plate"])
    return {plate.assay for plate in study.plates if plate.id in plates}


# Flags that can be kept.


def refuse_flag(folder: Path, name: str, reason: str, gathered: Gathered) -> None:
    """Raise `StudyError` where a flag cannot be kept: it is not there, is a note, or is kept
    already; or the reason is none.
    """
    from exvivo.errors import StudyError

    mistakes = [
        *_flag_mistakes(name, flags_now(folder, gathered.flags), gathered.study),
        *_reason_mistakes(reason),
    ]
    if mistakes:
        raise StudyError(mistakes)


def flags_now(folder: Path, flags: Sequence[Flag]) -> list[Flag]:
    """The flags that stand now: those of the files, and those of the last run's results."""
    return [*flags, *flags_of_results(folder)]


def flags_of_results(folder: Path) -> list[Flag]:
    """The flags that the last run raised from what was made of the files; none without a run."""
    from exvivo import reconcile, store
    from exvivo.flagged import flags_of
    from exvivo.plan.blinding import meant_flag

    if store.last_run(folder) is None:
        return []
    tables = store.standing(folder) / "tables"
    if not (tables / "flags.parquet").is_file():
        return []
    at_the_door = {rule.__name__ for rule in reconcile.RULES}
    of_run = flags_of(store.read_table("flags", folder=tables))
    flags = [flag for flag in of_run if flag.code not in at_the_door]
    return [replace(flag, called=meant_flag(folder, flag.name)) for flag in flags]


def _flag_mistakes(name: str, flags: Sequence[Flag], study: Study) -> Iterator[Mistake]:
    """Why a flag cannot be kept."""
    from exvivo.catalog import spelling
    from exvivo.errors import Mistake

    names = [flag.name for flag in flags if flag.severity != "note"]
    if name in {each.flag for each in study.accept}:
        cure = "nothing: its reason stands under `accept` in study.yaml"
        yield Mistake(_KEEP, f"flag {name}, which is kept already", "a flag to answer", cure)
    elif name not in names:
        finding = f"flag {name}, which is not there{_instead(name, names)}"
        expected = f"a stop or look that is: {spelling.one_of(names, name) if names else 'none'}"
        cure = "see `exvivo check`, or the report, for the names of the flags that stand now"
        yield Mistake(_KEEP, finding, expected, cure)


def _instead(name: str, names: Sequence[str]) -> str:
    """The flag that may be meant: one of the same rule and place, which rests on other facts; else
    one spelt like it.
    """
    from exvivo.catalog import spelling

    stem = name.rpartition("/")[0]
    alike = next((each for each in names if stem and each.rpartition("/")[0] == stem), None)
    return f" (did you mean `{alike}`?)" if alike else spelling.did_you_mean(name, names)


def _reason_mistakes(reason: str) -> Iterator[Mistake]:
    from exvivo.errors import Mistake
    from exvivo.study.reasons import is_reason

    if not is_reason(reason):
        expected, cure = "why it may stand, in words", "give the reason"
        yield Mistake(_KEEP, f"reason {reason!r}", expected, cure)
