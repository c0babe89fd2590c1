"""What is said of locks and of looks, at the answers that they are about. Never more than the
record shows: its dates are those of a computer's clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import groupby

from exvivo.past import PARTS, PLANNED_DONORS, RULES, Change, Locked, LookAt, Looks, Part
from exvivo.study import Plate
from exvivo.tell import words
from exvivo.tell.changed import fact_words, key_words, line_of, parameter_words

NOT_LOCKED = "Not locked: no row of the record says what was asked before the data came."
_HERE = "on record here"
_AS_IT_WAS = "the question has not changed since."


def lock_sentences(locks: Sequence[Locked], question: str) -> list[str]:
    """What is said of the locks of a question at its answers; also that there is none."""
    if not locks:
        return [NOT_LOCKED]
    return [_of_question(lock, question) for lock in locks]


def _of_question(lock: Locked, question: str) -> str:
    if not lock.holds(question):
        later = f"Not among what was locked {_when(lock)}: this question came later."
        return " ".join([later, *_of_gone(lock)])
    changed = question in lock.changed
    since = (
        _since(lock, lock.of_question(question))
        if changed
        else "the question has not changed since."
    )
    return " ".join(
        [f"Locked {_when(lock)}.", words.capital(since), *_of_rules(lock), *_of_gone(lock)]
    )


def _of_gone(lock: Locked) -> Iterator[str]:
    """Which locked questions are not asked any more, and so have no place of their own."""
    if lock.gone:
        names = words.listed(f"`{name}`" for name in lock.gone)
        yield f"Locked then, and not asked any more: {names}."


def lock_summary(lock: Locked) -> str:
    """A lock in one sentence: when it was, and what of all that it froze is not as it was."""
    changes = [*_of_questions(lock), *_of_rules(lock)]
    return " ".join([f"Locked {_when(lock)}.", *(changes or ["Nothing changed since."])])


def earlier_lock(lock: Locked) -> str:
    """What an earlier lock than the one that counts held otherwise."""
    said = ["An earlier lock stands on record.", lock_summary(lock)]
    if lock.later:
        said.append(f"Asked since: {words.listed(f'`{name}`' for name in lock.later)}.")
    return " ".join(said)


def size_sentence(lock: Locked) -> str:
    """The planned size that a lock froze; what a registry will ask for where study.yaml does not
    say it.
    """
    size = dict(lock.size)
    donors = [f"{n} {name.split('.')[1]}" for name, n in lock.size if name.startswith("groups.")]
    donors += [f"{size[PLANNED_DONORS]}"] if PLANNED_DONORS in size else []
    wells = [
        f"{words.counted(n, word)} of each donor and condition"
        for name, word in (("plan.cultures", "culture"), ("plan.wells", "well"))
        if isinstance(n := size.get(name), int)
    ]
    stop = f"stop {size['plan.stopping']}" if "plan.stopping" in size else ""
    stated = [" v ".join(donors) + " donors" if donors else "", *wells, stop]
    lacking = [] if donors else ["the donors of each group (`groups: n`)"]
    lacking += [] if stop else ["when to stop (`plan: stopping`)"]
    asked = f"A registry asks for {words.listed(lacking)} too: study.yaml does not say."
    planned = f"Planned: {'; '.join(filter(None, stated))}." if any(stated) else ""
    return " ".join(filter(None, [planned, asked if lacking else ""]))


def _of_questions(lock: Locked) -> Iterator[str]:
    """What changed since, question by question; also questions that came and went."""
    ids = dict.fromkeys([*lock.changed, *(c.name for c in lock.changes if c.what == "question")])
    for question in ids:
        if question not in RULES:
            yield f"`{question}`: {_since(lock, lock.of_question(question))}"


def _since(lock: Locked, changes: Sequence[Change]) -> str:
    """What changed in a question since it was locked."""
    if not lock.known:
        return "changed since; what it was is no longer kept."
    return f"changed since: {', '.join(map(key_words, changes))}."


def _of_rules(lock: Locked) -> Iterator[str]:
    """What changed since in all that every answer rests on beside its question."""
    rules = lock.of_rules
    parameters = [parameter_words(each) for each in rules if each.what == "parameter"]
    if parameters:
        yield f"Parameters changed since: {', '.join(parameters)}."
    for part in PARTS:
        yield from _of_part(lock, part)
    lines = [each for each in rules if each.what == "exclusion"]
    added = sum(each.before is None for each in lines)
    if lines or "exclusions" in lock.changed:
        yield f"Exclusions changed since: {added} added, {len(lines) - added} removed."


_PARTS: Mapping[Part, str] = {
    "named": "What the questions name",
    "scoring": "Scoring",
    "layout": "The layout",
    "size": "The planned sample size",
    "assumptions": "Assumptions of the plan",
}


def _of_part(lock: Locked, part: Part) -> Iterator[str]:
    """What changed since in a part, record by record; that something did, where no more is kept."""
    changes = [each for each in lock.of_rules if each.what == part]
    if changes:
        named = groupby(changes, key=lambda change: change.name)
        records = [_record_words(part, name, list(each)) for name, each in named]
        yield f"{_PARTS[part]} changed since: {'; '.join(records)}."
    elif part in lock.changed:
        yield f"{_PARTS[part]} changed since; what it was is no longer kept."


def _record_words(part: Part, name: str, changes: Sequence[Change]) -> str:
    """A record that is not as it was: each key, and of many wells the first."""
    if part == "layout":
        return f"plate {name}: {_plate_words(changes)}"
    return "; ".join(map(line_of, changes))


_WELLS_NAMED = 3


def _plate_words(changes: Sequence[Change]) -> str:
    """A plate that is not as it was: `12 wells (A1: sample P01 ATP → sample P02 ATP; ...)`."""
    if not changes[0].key:
        return "added" if changes[0].before is None else "removed"
    wells = [each for each in changes if each.key not in _KEYS_OF_PLATES]
    others = [key_words(each) for each in changes if each.key in _KEYS_OF_PLATES]
    if wells:
        first = [_well_words(each) for each in wells[:_WELLS_NAMED]]
        more = ["..."] if len(wells) > _WELLS_NAMED else []
        others.append(f"{words.counted(len(wells), 'well')} ({'; '.join([*first, *more])})")
    return ", ".join(others)


_KEYS_OF_PLATES = tuple(each.name for each in fields(Plate))


def _well_words(change: Change) -> str:
    before, after = (
        fact_words(each) if each else "nothing" for each in (change.before, change.after)
    )
    return f"{change.key}: {before} → {after}"


def _when(lock: Locked) -> str:
    clock = f"(row {lock.row} of the record, {words.clock(lock.recorded)} by this computer's clock)"
    return f"{before_what(lock)} {clock}"


def before_what(lock: Locked) -> str:
    """What was there when it was locked: files of what was measured, and runs."""
    if lock.before_data:
        table = "" if lock.expression_files is None else " or file of expression data"
        return (
            f"before any instrument file{table} that the study names was in the folder"
            f"{_other_files(lock)} and before any run {_HERE}"
        )
    runs = words.counted(lock.runs, "run")
    after = f"after {runs} {_HERE}" if lock.runs else f"before any run {_HERE}"
    files = _measured_there(lock)
    return f"{after}, with {words.listed(files)} in the folder" if files else after


def _measured_there(lock: Locked) -> list[str]:
    """The files of what was measured that were there, counted by kind."""
    instruments, tables = lock.instrument_files, lock.expression_files or 0
    kinds = (
        (instruments, "instrument file", "instrument files"),
        (tables, "file of expression data", "files of expression data"),
    )
    return [words.counted(n, one, more) for n, one, more in kinds if n]


def _other_files(lock: Locked) -> str:
    n = lock.other_files
    return f" ({words.counted(n, 'other file')} {'was' if n == 1 else 'were'} there)" if n else ""


def look_sentence(look: LookAt) -> str:
    """Which of the declared looks this is, and what it does to the intervals."""
    declared = words.listed(map(str, look.looks))
    level, error = f"{100 * (1 - look.nominal):.5g} %", words.percent(look.alpha)
    return (
        f"Looks with {declared} donors in all were declared and locked; {_which(look)}. Intervals "
        f"and tests have level {level} here, so that over all looks a false claim has a chance of "
        f"at most {error} (Lan and DeMets, doi 10.1093/biomet/70.3.659)."
    )


def _which(look: LookAt) -> str:
    if look.donors > look.looks[-1]:
        return f"with {look.donors} donors this is beyond the last of them, and counts as the last"
    if look.declared:
        return f"this is look {look.place} of {len(look.looks)}"
    return f"none with {look.donors} donors was: its error is taken from that of all"


def looks_sentence(looks: Looks) -> str:
    """How often answers were looked at while donors were added, and what that does to the error."""
    answers = words.counted(len(looks.answers), "answer")
    numbers = words.listed(map(str, looks.donors))
    verb = "was" if len(looks.answers) == 1 else "were"
    return (
        f"{answers} {verb} looked at {len(looks.donors)} times while donors were added ({numbers} "
        f"donors). Tests that each err in {words.percent(looks.alpha)} of studies without any "
        f"difference claim one falsely at some of these looks in {100 * looks.error:.1f} %."
    )
