"""The record of a study folder for people: its history, two runs compared, a lock, and the page
`results/record.html`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from exvivo import __version__
from exvivo.errors import UserMistake

if TYPE_CHECKING:
    from exvivo.history.locks import Frozen
    from exvivo.past import Comparison, Entry, History, Locked, LookAt
    from exvivo.sources import Sources
    from exvivo.store import Examined
    from exvivo.study import Study


@dataclass(frozen=True)
class Decided:
    """What people decided about a study before a run of it: its locks, and the hash of the last
    decision on record.
    """

    locks: tuple[Locked, ...] = ()
    head: str = ""


def look_at(study: Study, donors: int, locks: Sequence[Locked]) -> LookAt | None:
    """The look at which a study with so many donors is, where a lock declares looks: the first that
    does, which no later one undoes.
    """
    declared = next((lock.looks for lock in locks if lock.looks), None)
    if declared is None or not donors:
        return None
    from exvivo.looks import nominal_level
    from exvivo.past import LookAt

    alpha = study.plan.alpha
    level = nominal_level(declared, donors, alpha=alpha)
    return LookAt(declared, donors, alpha, level)


def history_of(folder: Path) -> History:
    """The history of a study folder, from its record alone."""
    from exvivo import store

    return _history(store.entries(folder))


def _history(entries: Sequence[Entry]) -> History:
    """The history that some rows tell; under codes, where they leave the study blinded."""
    from exvivo import history
    from exvivo.plan.blinding import coded_history, key_in, plain_entries

    key, plain = key_in(entries), plain_entries(entries)
    whole = history.history(plain, _locks_of_last_run(plain))
    return whole if key is None else coded_history(whole, key)


def _locks_of_last_run(entries: Sequence[Entry]) -> tuple[Locked, ...]:
    """The locks on record, held against the study of the last run."""
    from exvivo import history

    runs = history.past_runs([entry for entry in entries if entry.is_run][-1:])
    study = runs[0].study.study if runs else None
    if study is None:
        return ()
    facts, texts = runs[0].facts, runs[0].entry.texts
    kept = {name: text for name, text in texts.items() if text is not None}
    now = history.frozen(study, facts["parameters"], kept, facts["version"])
    return history.locked(entries, now)


def locks_of(folder: Path, study: Study, texts: Mapping[str, bytes]) -> tuple[Locked, ...]:
    """The locks on record, held against a study that is about to be run."""
    from exvivo import history, store

    return history.locked(store.entries(folder), _frozen(study, texts))


def locks_now(folder: Path) -> tuple[Locked, ...]:
    """The locks on record, held against the study as its files are. Raises `StudyError` while
    study.yaml has mistakes.
    """
    from exvivo import store

    if not any(entry.kind == "lock" for entry in store.entries(folder)):
        return ()
    study, sources = _lockable(folder)
    return locks_of(folder, study, _kept_texts(study, sources))


@dataclass(frozen=True)
class Standing:
    """A study as its files are, its locks held against it, and how many lines of exclusions it
    has.
    """

    study: Study
    locks: tuple[Locked, ...]
    exclusions: int


def standing(folder: Path) -> Standing:
    """A study folder beside its locks. Raises `StudyError` while study.yaml has mistakes."""
    from exvivo.history.study_texts import exclusion_lines

    study, sources = _lockable(folder)
    texts = _kept_texts(study, sources)
    return Standing(study, locks_of(folder, study, texts), len(exclusion_lines(texts)))


def _frozen(study: Study, texts: Mapping[str, bytes]) -> Frozen:
    from exvivo import history, store

    return history.frozen(study, store.parameters_of(study), texts, __version__)


def compared_runs(folder: Path, first: str = "", second: str = "") -> Comparison:
    """What changed from one run of a folder to another: the last two where none is named; one name
    is held against the last. Raises `StoreError` for a run that is not on record.
    """
    from exvivo import history, store
    from exvivo.plan.blinding import coded_comparison, key_in, plain_entries

    entries = store.entries(folder)
    key, runs = key_in(entries), history.past_runs(plain_entries(entries))
    before, after = _two_of(len(runs), first, second)
    comparison = history.compared(runs[before - 1], runs[after - 1])
    return comparison if key is None else coded_comparison(comparison, key)


def _two_of(count: int, first: str, second: str) -> tuple[int, int]:
    """The places of two runs among so many, counted from 1."""
    from exvivo.errors import Mistake, StoreError

    if count < 2:
        finding = "one run on record" if count else "no run on record"
        raise StoreError(Mistake("exvivo.sqlite", finding, "two runs to compare", "run it again"))
    before = _place(first, count) if first else count - 1
    return before, _place(second, count) if second else count


def _place(name: str, count: int) -> int:
    """The place of a run that a person names."""
    from exvivo.errors import Mistake, StoreError

    named = {"first": 1, "last": count}
    place = named.get(name, int(name) if name.isascii() and name.isdigit() else 0)
    if 1 <= place <= count:
        return place
    expected = f"first, last, or a number from 1 to {count}"
    raise StoreError(Mistake(name, "no run of this number", expected, "see `exvivo history`"))


def page(folder: Path) -> str:
    """The page of the record as this version writes it."""
    from exvivo import store

    return _page(store.entries(folder))


def _page(entries: Sequence[Entry]) -> str:
    from exvivo.tell.record_page import record_page

    return record_page(_history(entries), version=__version__)


def write_page(folder: Path) -> Path | None:
    """Write the page beside the report, where there are results. Its old text stands until the new
    one is complete.
    """
    from exvivo import store

    results = folder / store.RESULTS
    if not results.is_dir() or store.last_run(folder) is None:
        return None
    path, new = results / store.RECORD_PAGE, folder / f".exvivo-{store.RECORD_PAGE}"
    text = page(folder)
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    return path


def renew_page(folder: Path) -> None:
    """Write the page after something joined the record. Where that fails the record stands all the
    same, and the next command writes the page.
    """
    with suppress(OSError, UserMistake):
        write_page(folder)


PageState = Literal["right", "missing", "old", "changed", "unknown"]
"""What can be said of the page: that it is what the record gives, that it is not there, that it is
what an earlier row of the record gave (a command was cut short), that it says something else, or
that another version wrote it, which nobody can tell here.
"""


def page_state(folder: Path) -> PageState:
    """Whether the page is what the record gives."""
    from exvivo import store

    path = folder / store.RESULTS / store.RECORD_PAGE
    if not path.is_file():
        return "missing"
    there = path.read_text("utf-8", errors="replace")
    if _generator(__version__) not in there:
        return "unknown"
    entries = store.entries(folder)
    place = next((at for at, entry in enumerate(entries, 1) if _head(entry) in there), 0)
    if not place or there != _page(entries[:place]):
        return "changed"
    return "right" if place == len(entries) else "old"


def _generator(version: str) -> str:
    """How a page names the version that wrote it."""
    return f'<meta name="generator" content="exvivo {version}">'


def _head(entry: Entry) -> str:
    """How a page names the row that it ends with."""
    return f'The head of the record is <span class="hash">{entry.hash}</span>'


def ensure_page(folder: Path) -> None:
    """Write the page where a command that was cut short left none, or an old one."""
    with suppress(OSError):  # An archive that may not be written stays as it is.
        if page_state(folder) in ("missing", "old"):
            write_page(folder)


_OF_RECORD = ("row", "text", "record")


def examined(folder: Path, *, expect: str | None = None) -> Examined:
    """`store.examine`, with the page held against a record that is whole."""
    from exvivo import store
    from exvivo.plan.blinding import seen_paths

    result = store.examine(folder, expect=expect)
    result = replace(result, changes=seen_paths(folder, result.changes))
    if result.run is None or any(change.side in _OF_RECORD for change in result.changes):
        return result
    ensure_page(folder)
    state = page_state(folder)
    if state == "changed" or (state == "unknown" and result.run.version == __version__):
        change = store.Change(f"{store.RESULTS}/{store.RECORD_PAGE}", "output", "changed")
        return replace(result, changes=(*result.changes, change))
    return replace(result, other_page=state == "unknown")


def lock(folder: Path, *, who: str = "", looks: Sequence[int] = ()) -> Locked:
    """Freeze the questions of a study with all that their answers rest on (scoring, layout, planned
    size, assumptions, exclusions, parameters) as they are now, in a row of the record. Raises
    `StudyError` while study.yaml has mistakes; instrument files, donors and layouts may still be
    missing.
    """
    from exvivo import history, store

    study, sources = _lockable(folder)
    texts = _kept_texts(study, sources)
    now = _frozen(study, texts)
    entries = store.entries(folder)
    states = history.lock_states(
        now,
        **_files_there(folder, study, sources),
        runs=sum(entry.is_run for entry in entries),
        looks=looks,
    )
    kept = {**texts, "who": who.encode()} if who else texts
    entry = store.record_decision(folder, "lock", states, kept)
    renew_page(folder)
    return history.locked([entry], now)[0]


def _lockable(folder: Path) -> tuple[Study, Sources]:
    """A study whose study.yaml has no mistake, and its files."""
    from exvivo.errors import StudyError
    from exvivo.people_files import read_people
    from exvivo.study.files import STUDY_FILE
    from exvivo.study.load import examine

    examined = examine(folder, read_people=read_people)
    own = [slip for slip in examined.mistakes if slip.where.startswith(f"{STUDY_FILE}:")]
    if own:
        raise StudyError(own)
    return examined.study, examined.sources


def _kept_texts(study: Study, sources: Sources) -> dict[str, bytes]:
    """The texts that a lock keeps: study.yaml, layouts, scoring keys and tables as they were
    parsed, and exclusions.csv.
    """
    from exvivo.history.frozen import files_of
    from exvivo.past import PARTS
    from exvivo.study.files import EXCLUSIONS_FILE, STUDY_FILE, forms_of

    exclusions = forms_of(EXCLUSIONS_FILE)
    for name in exclusions:
        if name not in sources.texts and sources.is_there(name):
            sources.read(name, keep=True)
    kept = {STUDY_FILE, *exclusions, *(name for part in PARTS for name in files_of(study, part))}
    return {name: raw for name, raw in sources.texts.items() if name in kept}


def _files_there(folder: Path, study: Study, sources: Sources) -> dict[str, int]:
    """How many of the instrument files that a study names are there, how many tables of expression
    where it asks for some, and how many other files that are none of its tables.
    """
    from exvivo.study.files import EXCLUSIONS_FILE, forms_of
    from exvivo.study.instrument_files import expression_files, files_of, files_of_study

    named = {name for plate in study.plates for name, _ in files_of(plate, study)}
    tables = {*files_of_study(study, sources), *forms_of(EXCLUSIONS_FILE), *_TABLES} - named
    others = [name for name in _names_below(folder) if name not in named | tables]
    there = {"instrument_files": _readable(named, sources), "other_files": len(others)}
    expression = expression_files(study)
    found = {"expression_files": _readable(expression, sources)} if expression else {}
    return {**there, **found}


def _readable(names: Iterable[str], sources: Sources) -> int:
    """How many of some files are there and can be read."""
    return sum(sources.trouble(name) is None for name in names)


_TABLES = ("donors.csv", "donors.xlsx", "clinic.csv", "clinic.xlsx", "cultures.csv")
"""Tables that a study may have before study.yaml asks for them."""


def _names_below(folder: Path) -> Iterator[str]:
    """The files of a study folder but what exvivo writes and what is hidden."""
    from exvivo import store
    from exvivo.study.files import PLANNED

    own = (store.RESULTS, PLANNED)
    for root, folders, files in os.walk(folder):
        at = Path(root)
        top = at == folder
        folders[:] = [f for f in folders if f[0] != "." and not (top and f in own)]
        for name in files:
            if name[0] != "." and not (top and name.startswith(store.DATABASE)):
                yield (at / name).relative_to(folder).as_posix()
