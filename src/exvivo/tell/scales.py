"""Scoring keys in words: a list, one in full, and the block that declares one in a study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from exvivo.catalog.scales import file_stem
from exvivo.study.scoring import CutOff, Important, Items, Score, ScoringKey
from exvivo.words import counted, listed

_LETTERS = '#:{}[],&*?|<>=!%@`"'
"""Signs for which YAML needs quotes around a word."""


def key_lines(key: ScoringKey) -> list[str]:
    """A questionnaire in a few lines: what it is, its scores with range and direction, who may use
    it, and where its rule was published.
    """
    return [
        f"{key.id}  {key.name} ({_form_words(key)})",
        *(f"    {line}" for line in score_ranges(key.scores)),
        f"    licence: {key.licence}",
        f"    sources: {'; '.join(key.sources)}",
    ]


def _form_words(key: ScoringKey) -> str:
    """How many items, and in which codings."""
    items = len(key.every_item)
    form = counted(items, "item") if items else "totals only"
    codings = ", ".join(coding.id for coding in key.codings)
    return f"{form}; coding: {codings}" if codings else form


def score_ranges(scores: Iterable[Score]) -> list[str]:
    """The scores of one range and direction, a line each."""
    alike = groupby(scores, key=lambda score: (_ends(score), score.higher_is))
    return [
        f"{', '.join(score.id for score in group)}: {ends}, higher is {direction}"
        for (ends, direction), group in alike
    ]


def _ends(score: Score) -> str:
    """From where to where a score runs."""
    ends = f"{score.lowest:g} to {score.highest:g}"
    if score.rule == "profile":
        return f"levels {ends}"
    return f"within {ends} by your table" if score.rule == "table" else ends


def whole_key(key: ScoringKey, *, file: str = "") -> list[str]:
    """A questionnaire in full, and how to declare it; `file` is that of a scale of one's own."""
    examples = counted(len(key.examples), "worked example")
    parts = [
        ("", [key.version] if key.version else []),
        ("", [f"Licence: {key.licence}", f"Sources: {'; '.join(key.sources)}"]),
        ("Items, in the order in which their columns are named", _item_lines(key)),
        ("How answers may be written down (`coding`)", _coding_lines(key)),
        ("Scores", [line for score in key.scores for line in _score_lines(score)]),
        ("Take care", [*key.notes, *_other_versions(key)]),
        ("", [f"The key was tested with {examples}."] if key.examples else []),
        ("In study.yaml, with your columns", declaration(key, file=file)),
    ]
    return [f"{key.id}: {key.name}", *(line for head, body in parts for line in _part(head, body))]


def _part(head: str, body: Sequence[str]) -> Iterator[str]:
    if body:
        yield ""
        yield from [f"{head}:"] if head else []
        yield from [f"  {line}" for line in body] if head else body


def _item_lines(key: ScoringKey) -> list[str]:
    lines, first = [], 1
    for row in key.items:
        last = first + len(row.ids) - 1
        place = f"{first}" if first == last else f"{first} to {last}"
        names = "" if _are_numbers(row, first) else f" ({', '.join(row.ids)})"
        lines.append(f"{place}{names}: {_answer_words(row)}")
        first = last + 1
    return lines


def _are_numbers(row: Items, first: int) -> bool:
    """Whether items are called as they are counted."""
    return list(row.ids) == [str(first + i) for i in range(len(row.ids))]


def _answer_words(row: Items) -> str:
    """Which answers items may have."""
    kinds = {"choice": "", "number": ", any number between", "clock": ", a time of day (23:30)"}
    words = f"{row.lowest:g} to {row.highest:g}{kinds[row.kind]}"
    if row.points:
        words += f", which give {', '.join(f'{each:g}' for each in row.points)} points"
    if row.missing:
        words += f"; {', '.join(f'{each:g}' for each in row.missing)} for no answer"
    return words


def _coding_lines(key: ScoringKey) -> list[str]:
    return [f"{coding.id}: {coding.meaning}{_turned(coding.reversed)}" for coding in key.codings]


def _turned(items: Sequence[str]) -> str:
    return f" (items {', '.join(items)} are turned)" if items else ""


def _score_lines(score: Score) -> Iterator[str]:
    ends = f"{_ends(score)}, higher is {score.higher_is}"
    yield f"{score.id}: {score.name}; {ends}; {rule_words(score)}"
    for cut_off in score.cut_offs:
        yield f"  classes: {_class_words(cut_off)} [{cut_off.source}]"
    for important in score.important:
        yield f"  a change that matters: {_change_words(important)} [{important.source}]"


def rule_words(score: Score) -> str:
    """How a score is made, in words.

    >>> rule_words(Score(id="X", name="x", rule="sum", items=("1", "2"), at_least=1, lowest=0,
    ...                  highest=6, higher_is="worse"))
    'sum of items 1 to 2, gaps filled from 1 answered on'
    """
    items = f"{'item' if len(score.items) == 1 else 'items'} {_items(score.items)}"
    match score.rule:
        case "given":
            return "a ready total only"
        case "sum" | "mean":
            made = f"{score.rule} of {items}" if len(score.items) > 1 else items
            return f"{made}{_factor(score)}{_gap_words(score)}"
        case "sum of scores":
            return f"sum of {listed(score.of)}{_factor(score)}"
        case "regions":
            return f"how many of {len(score.groups)} regions have pain"
        case "acr 2011" | "acr 2016":
            return f"criteria of {score.rule[-4:]} from {', '.join(score.of)} and {items}"
        case "psqi":
            return f"component {score.component} from {items}"
        case "profile":
            return f"the answers of {items}, one after the other"
        case "table":
            return f"from {listed(score.of)} by your table"


def _items(names: Sequence[str]) -> str:
    """Items as a list; a row of numbers by its ends."""
    numbers = [int(name) for name in names if name.isdecimal()]
    if len(numbers) == len(names) and len(names) > 1 and _in_a_row(numbers):
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)


def _in_a_row(numbers: Sequence[int]) -> bool:
    return list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))


def _factor(score: Score) -> str:
    times = f", times {score.times:g}" if score.times != 1 else ""
    return f"{times}, divided by {score.divide:g}" if score.divide != 1 else times


def _gap_words(score: Score) -> str:
    if score.at_least is None:
        return ", none with a gap"
    filled = "gaps filled" if score.rule == "sum" else "of those answered"
    return f", {filled} from {score.at_least} answered on"


def _class_words(cut_off: CutOff) -> str:
    """Classes with their limits: `mild from 8`, `severe over 65`."""
    first, *others = cut_off.classes
    limits = [
        f"{name} {cut_off.limit} {limit:g}"
        for name, limit in zip(others, cut_off.above, strict=False)
    ]
    return ", ".join([first, *limits])


def _change_words(important: Important) -> str:
    unit = " %" if important.unit == "percent" else ""
    whom = f" ({important.of})" if important.of else ""
    return f"{important.change:g}{unit}{whom}"


def _other_versions(key: ScoringKey) -> list[str]:
    names = listed(key.mixed_up_with)
    return [f"Easily mixed up with {names}: look at the range of your numbers."] if names else []


def declaration(key: ScoringKey, *, file: str = "") -> list[str]:
    """The block of study.yaml that declares a questionnaire, with names of columns to be replaced.
    `file` is that of a scale of one's own.
    """
    lines = ["questionnaires:", f"  - id: {_quoted(key.id)}"]
    lines += [f"    file: {_quoted(file)}"] if file else []
    lines += _form_lines(key) if key.items else []
    lines += [f"    totals: {{{_totals(key)}}}"] if not key.items else []
    return lines


def _form_lines(key: ScoringKey) -> list[str]:
    stem, count = file_stem(key.id), len(key.every_item)
    names = f"{stem}_{{1-{count}}}" if stem[-1:].isdecimal() else f"{stem}{{1-{count}}}"
    lines = [f'    items: ["{names}"]' if count > 1 else f"    items: [{stem}]"]
    if len(key.codings) > 1:
        other = listed([coding.id for coding in key.codings[1:]], last="or")
        lines.append(f"    coding: {key.codings[0].id}  # or {other}")
    if any(score.rule == "table" for score in key.scores):
        profiles = any(score.rule == "profile" for score in key.scores)
        columns = f"{'profile' if profiles else 'raw'}, score, standard_error"
        lines.append(f"    # table: {stem}.csv  # your table: {columns}")
    return lines


def _totals(key: ScoringKey) -> str:
    return ", ".join(f"{_quoted(score.id)}: {file_stem(score.id)}" for score in key.scores)


def _quoted(word: str) -> str:
    """A word as YAML reads it back."""
    plain = word and not set(word) & set(_LETTERS) and word == word.strip()
    return word if plain and word[0] not in "-'" and not word[0].isdigit() else f'"{word}"'
