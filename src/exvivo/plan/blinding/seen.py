"""What commands and pages show of a study: as it is, or under codes while it is blinded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo import store
from exvivo.catalog.spelling import without_suggestion
from exvivo.errors import Mistake, StudyError, command
from exvivo.plan.blinding.coded import coded_finding, coded_flag, coded_study
from exvivo.plan.blinding.codes import HIDDEN, HIDDEN_DONOR, Key
from exvivo.plan.blinding.key_of import key_now, key_of, key_of_results, study_of_last_run
from exvivo.plan.blinding.past import coded_lock, coded_look

if TYPE_CHECKING:
    from exvivo.checking import Checked
    from exvivo.decide.decisions import Outlook
    from exvivo.flagged import Flag
    from exvivo.gather import Gathered
    from exvivo.past import Locked
    from exvivo.store import Change
    from exvivo.study import Study
    from exvivo.tell.planned.needed import NextLook

_KEPT = 256
"""Studies of which it is kept whether they are blinded."""


def seen_mistakes(folder: Path, mistakes: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    """Mistakes as they may be shown: their names by codes, while the study is blinded."""
    key = key_now(folder)
    return mistakes if key is None else tuple(_mistake(each, key) for each in mistakes)


def _mistake(mistake: Mistake, key: Key) -> Mistake:
    """A mistake without codes of groups and donors: beside a name that somebody typed, what is
    suggested or expected in its place would tell whose code it is.
    """
    expected = key.hidden(mistake.expected)
    if expected.count(HIDDEN) + expected.count(HIDDEN_DONOR) > 1:
        expected = _HIDDEN_NAMES
    return Mistake(
        key.hidden(mistake.where),
        key.hidden(without_suggestion(mistake.found)),
        expected,
        key.hidden(mistake.cure),
    )


_HIDDEN_NAMES = "one of the names of the study, which are hidden while it is blinded"


def seen_flags(folder: Path, flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """Flags as they may be shown."""
    key = key_now(folder) if flags else None
    return flags if key is None else coded_flags(flags, key)


def coded_flags(flags: Sequence[Flag], key: Key) -> tuple[Flag, ...]:
    """Flags under codes, but for those of the size of a group: the number that was planned tells
    whose code it is.
    """
    return tuple(coded_flag(flag, key) for flag in flags if flag.row not in key.groups)


def seen(folder: Path, gathered: Gathered) -> Gathered:
    """A study that was read as it may be shown: its records, its flags and what was not read."""
    key = key_of(folder, gathered)
    if key is None:
        return gathered
    hidden = tuple((key.text(file), what, why) for file, what, why in gathered.hidden)
    return replace(
        gathered,
        study=coded_study(gathered.study, key),
        flags=coded_flags(gathered.flags, key),
        hidden=hidden,
    )


def seen_checked(folder: Path, checked: Checked) -> Checked:
    """What a check says as it may be shown."""
    key = key_now(folder)
    if key is None:
        return checked
    return replace(
        checked,
        mistakes=tuple(_mistake(each, key) for each in checked.mistakes),
        flags=coded_flags(checked.flags, key),
        notes=tuple(map(key.text, checked.notes)),
        study=None if checked.study is None else coded_study(checked.study, key),
    )


def seen_study(folder: Path, study: Study) -> Study:
    """The records of a study as they may be shown."""
    key = key_now(folder)
    return study if key is None else coded_study(study, key)


def seen_paths(folder: Path, changes: Sequence[Change]) -> tuple[Change, ...]:
    """What is not as the record says, under names of files as they may be shown."""
    key = key_now(folder) if changes else None
    if key is None:
        return tuple(changes)
    return tuple(replace(change, path=key.text(change.path)) for change in changes)


def seen_words(folder: Path, pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What is said of one well, each word under its label, as it may be shown."""
    key = key_now(folder)
    if key is None:
        return tuple(pairs)
    return tuple((label, _word(label, word, key)) for label, word in pairs)


def _word(label: str, word: str, key: Key) -> str:
    """A word of a well; that of its group is the name of one."""
    return key.own_text(word) if label == "group" else key.word(label, word)


def seen_outlook(folder: Path, outlook: Outlook) -> Outlook:
    """What a decision would make of the answers, as it may be shown."""
    key = key_of(folder, outlook.gathered)
    if key is None:
        return outlook
    pairs = ((coded_finding(now, key), coded_finding(then, key)) for now, then in outlook.pairs)
    return replace(outlook, gathered=seen(folder, outlook.gathered), pairs=tuple(pairs))


def seen_lock(folder: Path, lock: Locked) -> Locked:
    """A lock as it may be shown."""
    key = key_now(folder)
    return lock if key is None else coded_lock(lock, key)


def seen_look(folder: Path, look: NextLook) -> NextLook:
    """A look at spreads as it may be shown."""
    key = key_now(folder)
    return look if key is None else coded_look(look, key)


def refuse_hidden(folder: Path) -> None:
    """Raise `StudyError` for what names groups and counts their donors, while a study is blinded:
    beside the sizes of a report under codes it would tell which code is which group.
    """
    if not is_blinded(folder):
        return
    finding = "a study whose groups are hidden"
    expected = "a study under its names: a plan says how many donors each of its groups has"
    cure = (
        f"lift the blinding in a copy of the folder ({command('unblind', 'COPY')}), and plan there"
    )
    raise StudyError(Mistake(str(folder), finding, expected, cure))


def seen_title(folder: Path, title: str) -> str:
    """The title of a study as it may be shown."""
    key = key_now(folder)
    return title if key is None else key.text(title)


def study_of_results(folder: Path) -> Study | None:
    """The study under whose codes the last results stand; None where they stand under none, or the
    record has not kept it.
    """
    key, study = key_of_results(folder), study_of_last_run(folder)
    return None if key is None or study is None else coded_study(study, key)


def shown_files(folder: Path, paths: Sequence[str]) -> list[str]:
    """Paths of files as the last results name them."""
    key = key_of_results(folder)
    return list(paths) if key is None else list(map(key.text, paths))


def meant(folder: Path, words: dict[str, str]) -> dict[str, str]:
    """What a person means who types codes: a line of exclusions by its columns, with the names of
    the study in the place of codes.
    """
    key = key_now(folder)
    if key is None:
        return words
    return {name: word if name in _WORDS else key.meant(word) for name, word in words.items()}


_WORDS = ("reason", "who", "when", "labels", "analyte")


def meant_flag(folder: Path, name: str) -> str:
    """The name of a flag that a person types as it is shown under codes."""
    key = key_now(folder)
    return name if key is None else "/".join(map(key.meant, name.split("/")))


def is_blinded(folder: Path) -> bool:
    """Whether the groups of a study are hidden now. Asked again only when the record has grown."""
    return _state(folder, _stamps(folder))[0]


def results_name_groups(folder: Path) -> bool:
    """Whether a study is blinded, and its results are those of a run before that."""
    hidden, coded = _state(folder, _stamps(folder))
    return hidden and not coded


@lru_cache(_KEPT)
def _state(folder: Path, stamps: tuple[tuple[int, int], ...]) -> tuple[bool, bool]:
    """Whether a study is blinded, and whether the last run, if there is one, stands under codes."""
    blinding = store.blinding(folder)
    if blinding is None or not blinding.holds:
        return False, False
    run = store.last_run(folder)
    return True, run is None or run.blinded


def _stamps(folder: Path) -> tuple[tuple[int, int], ...]:
    record = folder / store.DATABASE
    return tuple(map(_stamp, (record, record.with_name(f"{record.name}-wal"))))


def _stamp(path: Path) -> tuple[int, int]:
    """The size and the time of change of a file; zeros where it is not there."""
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_size, about.st_mtime_ns
