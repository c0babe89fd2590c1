"""What changed from one run to another, in words: short for a line of the record, and in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from exvivo.findings import Fact
from exvivo.past import AnswerChange, Answered, Change, Comparison, What
from exvivo.tell import words
from exvivo.units import UNITS

_ARROW = "→"
_NOTHING = "nothing changed"
_NAMES = {"plan.declared": "the date of declaring"}
"""Parameters that have a name of their own."""


def short_changes(comparison: Comparison) -> list[str]:
    """What changed, the most telling first: questions, donors, what was left out, files, verdicts.

    No name of a donor stands here.
    """
    parts = (_questions, _parameters, _donors, _decisions, _summary, _files, _made_with, _others)
    listed = [text for part in parts for text in part(comparison)]
    listed += [*_verdicts(comparison.answers), *_how_many_unknown(comparison)]
    return listed or [_NOTHING]


def _questions(comparison: Comparison) -> Iterator[str]:
    """A text a question: what came, went or changed in it."""
    for name, changes in groupby(comparison.of("question"), key=lambda change: change.name):
        yield f"{name}: {', '.join(key_words(change) for change in changes)}"


def key_words(change: Change) -> str:
    """A key of a record: `a margin added (0.7)`, `5 analytes → 1 (CXCL8)`, `groups: A B → A C`."""
    before, after, key = change.before, change.after, change.key
    if not key:
        return _came_or_went(change)
    if before is None:
        return f"a {key.replace('_', ' ')} added ({fact_words(after)})"
    if after is None:
        return f"the {key.replace('_', ' ')} removed ({fact_words(before)})"
    if _is_other_size(before, after):
        return f"{_size(before)} {key} {_ARROW} {_size(after)} ({fact_words(after)})"
    return f"{key.replace('_', ' ')} {_from_to(before, after)}"


def _came_or_went(change: Change) -> str:
    if change.before is None:
        return f"a question added ({fact_words(change.after)})"
    return f"the question removed ({fact_words(change.before)})"


def _is_other_size(before: Fact, after: Fact) -> bool:
    """Whether a list became longer or shorter."""
    both = isinstance(before, tuple) and isinstance(after, tuple)
    return both and _size(before) != _size(after)


def _size(value: Fact) -> int:
    return len(value) if isinstance(value, tuple) else 1


def fact_words(value: Fact | None) -> str:
    """A value as a person wrote it."""
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _from_to(before: Fact | None, after: Fact | None) -> str:
    return f"{fact_words(before)} {_ARROW} {fact_words(after)}"


def _parameters(comparison: Comparison) -> Iterator[str]:
    yield from map(parameter_words, comparison.of("parameter"))


def parameter_words(change: Change) -> str:
    """A parameter that came, went or is another; `none` is how an empty one is written."""
    name = _NAMES.get(change.name, change.name)
    if change.before is None or change.after is None:
        came = "added" if change.before is None else "removed"
        value = change.after if change.before is None else change.before
        return f"{name} {came} ({fact_words(value)})"
    return f"{name} {_from_to(change.before, change.after)}"


def _donors(comparison: Comparison) -> Iterator[str]:
    """How many donors there were and are; that they are others, where the number tells nothing."""
    before, after = comparison.donors
    changes = comparison.of("donor")
    new, gone, moved = _sorted(changes)
    if before is not None and after is not None and before != after:
        yield f"{before} {_ARROW} {after} donors"
    if gone and new:
        yield f"{words.counted(new, 'new donor')}, {gone} gone"
    if moved:
        yield f"the group of {words.counted(moved, 'donor')} changed"


def _sorted(changes: Iterable[Change]) -> tuple[int, int, int]:
    """How many came, went and changed."""
    new = gone = other = 0
    for change in changes:
        new += change.before is None
        gone += change.after is None
        other += change.before is not None and change.after is not None
    return new, gone, other


def _decisions(comparison: Comparison) -> Iterator[str]:
    out, back, _ = _sorted(comparison.of("well"))
    if out:
        yield f"{words.counted(out, 'well')} left out"
    if back:
        yield f"{words.counted(back, 'well')} taken back in"
    yield from _lines(
        comparison.of("exclusion"), "line of exclusions.csv", "lines of exclusions.csv"
    )
    yield from _lines(comparison.of("accepted"), "accepted flag", "accepted flags")


def _lines(changes: Sequence[Change], one: str, many: str) -> Iterator[str]:
    """How many of something came, went and changed."""
    verbs = zip(("added", "removed", "changed"), _sorted(changes), strict=True)
    yield from (f"{words.counted(n, one, many)} {verb}" for verb, n in verbs if n)


def _summary(comparison: Comparison) -> Iterator[str]:
    """Which texts of the plain-language summary changed, with their languages."""
    by_name = groupby(comparison.of("summary"), key=lambda change: change.name)
    parts = [f"{_part(name)}{_languages(changes)}" for name, changes in by_name]
    if parts:
        yield f"plain-language summary: {', '.join(parts)}"


def _part(name: str) -> str:
    """A part of the summary, or what its words are for."""
    word = name.removeprefix("words.")
    return name.replace("_", " ") if word == name else f"words for {word}"


def _languages(changes: Iterable[Change]) -> str:
    """The languages of some texts; empty where they have none."""
    codes = ", ".join(change.key for change in changes)
    return f" ({codes})" if codes else ""


def _files(comparison: Comparison) -> Iterator[str]:
    verbs = zip(("new", "gone", "with other bytes"), _sorted(comparison.of("file")), strict=True)
    counts = [f"{n} {verb}" for verb, n in verbs if n]
    if counts:
        yield f"files: {', '.join(counts)}"


def _made_with(comparison: Comparison) -> Iterator[str]:
    for change in comparison.of("version"):
        yield f"exvivo {_from_to(change.before, change.after)}"
    packages = len(comparison.of("package"))
    if packages:
        yield f"other versions of {words.counted(packages, 'package')}"


def _others(comparison: Comparison) -> Iterator[str]:
    others = len(comparison.of("study"))
    if others:
        yield f"{words.counted(others, 'other change')} of study.yaml"
    if comparison.lines:
        yield f"{words.counted(len(comparison.lines), 'other line')} of study.yaml"


def _verdicts(answers: Sequence[AnswerChange]) -> Iterator[str]:
    yield from _turned([each for each in answers if each.turned and each.before and each.after])
    others = [each for each in answers if not each.turned]
    if others:
        yield f"{words.counted(len(others), 'answer')} with other numbers and the same verdict"
    new, gone = (
        [each for each in answers if getattr(each, s) is None] for s in ("before", "after")
    )
    if new:
        yield f"{words.counted(len(new), 'new answer')}"
    if gone:
        yield f"{words.counted(len(gone), 'answer')} gone"


def _turned(answers: Sequence[AnswerChange]) -> Iterator[str]:
    """The verdicts that turned: those of one question that turned alike are counted together."""
    alike: dict[tuple[str, str], list[AnswerChange]] = {}
    for each in answers:
        alike.setdefault((each.key[0], _verdict_words(each)), []).append(each)
    for (question, verdicts), those in alike.items():
        many = f"{question}: {len(those)} answers"
        yield f"{many if len(those) > 1 else answer_name(those[0])}: {verdicts}"


def answer_name(change: AnswerChange) -> str:
    """What an answer is about: `q, protein CXCL8`."""
    question, *about = change.key
    return f"{question}, {' '.join(filter(None, about))}" if any(about) else question


def _verdict_words(change: AnswerChange) -> str:
    return _from_to(
        change.before.verdict if change.before else "no answer",
        change.after.verdict if change.after else "no answer",
    )


def _how_many_unknown(comparison: Comparison) -> Iterator[str]:
    if comparison.unknown:
        texts = words.counted(len(comparison.unknown), "text is", "texts are")
        yield f"not all is known, as {texts} not kept (any more)"


def _unknown(comparison: Comparison) -> Iterator[str]:
    if comparison.unknown:
        gone = ", ".join(comparison.unknown)
        yield f"not all is known, as these texts are no longer (or never were) kept: {gone}"


_HEADINGS: tuple[tuple[str, tuple[What, ...]], ...] = (
    ("Questions", ("question",)),
    ("Parameters", ("parameter",)),
    ("Donors", ("donor",)),
    ("Left out", ("exclusion",)),
    ("Accepted flags", ("accepted",)),
    ("The plain-language summary", ("summary",)),
    ("The rest of study.yaml", ("study",)),
    ("Files", ("file",)),
    ("Versions", ("version", "package")),
)


def full_changes(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Everything that changed, under headings; nothing of what did not."""
    sections = [
        (heading, [line_of(change) for change in comparison.of(*what)])
        for heading, what in _HEADINGS
    ]
    sections[2] = ("Donors", [*_group_lines(comparison), *sections[2][1]])
    sections[3] = ("Left out", [*_well_lines(comparison), *sections[3][1]])
    sections += [
        ("Lines of study.yaml", list(comparison.lines)),
        ("Answers", [_answer_line(each) for each in comparison.answers]),
        ("Not known", [*_unknown(comparison)]),
    ]
    return [(heading, lines) for heading, lines in sections if lines]


def _group_lines(comparison: Comparison) -> Iterator[str]:
    for group, before, after in comparison.groups:
        if before != after:
            yield f"group {group}: {before} {_ARROW} {after}"


def _well_lines(comparison: Comparison) -> Iterator[str]:
    """The wells that were left out, or taken back in, a line a plate: `Q1: 2 wells left out (A1,
    A2)`.
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for change in comparison.of("well"):
        plate, _, well = change.name.rpartition(":")
        verb = "left out" if change.before is None else "taken back in"
        alike.setdefault((plate, verb), []).append(well)
    for (plate, verb), wells in alike.items():
        yield f"{plate}: {words.counted(len(wells), 'well')} {verb} ({', '.join(wells)})"


def line_of(change: Change) -> str:
    """One change, in full."""
    if change.what == "file":
        return _file_line(change)
    if change.what == "question":
        return f"{change.name}: {key_words(change)}"
    if change.what == "summary" and change.key:
        return f"{_part(change.name)} ({change.key}): {_came(change) or 'other words'}"
    if change.what == "exclusion":
        return f"{'added' if change.before is None else 'removed'}: {change.name}"
    name = f"{change.name}.{change.key}" if change.key else change.name
    if change.before is None or change.after is None:
        came = "new" if change.before is None else "gone"
        value = change.after if change.before is None else change.before
        return f"{name}: {came} ({fact_words(value)})"
    return f"{name}: {_from_to(change.before, change.after)}"


def _came(change: Change) -> str:
    """Whether something is new or gone; empty where it is another."""
    if change.before is None:
        return "new"
    return "gone" if change.after is None else ""


_HASH = 12
"""Letters of a hash that tell it from others to the eye."""


def _file_line(change: Change) -> str:
    was, now = (str(value)[:_HASH] for value in (change.before or "", change.after or ""))
    if not was or not now:
        return f"{change.name}: {'new' if now else 'gone'} (sha256 {now or was})"
    return f"{change.name}: other bytes (sha256 {was} {_ARROW} {now})"


def _answer_line(change: AnswerChange) -> str:
    before, after = answer_words(change.before), answer_words(change.after)
    return f"{answer_name(change)}: {before} {_ARROW} {after}"


def answer_words(answer: Answered | None) -> str:
    """An answer in short: verdict, estimate, interval and donors."""
    if answer is None:
        return "no answer"
    unit = UNITS.get(answer.unit)
    counts = ", ".join(f"{group} {n}" for group, n in answer.n)
    n = f", n {counts}" if counts else ""
    if answer.estimate is None or unit is None:
        return f"{answer.verdict}{n}"
    size = words.sized(answer.estimate, unit)
    return f"{answer.verdict}, {size} ({words.ends_of(answer.lower, answer.upper, unit)}){n}"
