"""How the sample names of a study are made: which part is the donor, which the condition, which a
dose, a time or a replicate, by what repeats over what.

A part whose words repeat over donors is a condition; one that names few wells each, and stands with
several conditions, is the donor. Doses and times are told by their form. Where two parts could be
the donor the draft says so (`doubt`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from exvivo.study.name_patterns import variants
from exvivo.study.sample_names import DOSE, TIME, Words, split

_SEPARATORS = (r"\s+", r"_+", r"-+", r"[\s_]+", r"[\s_\-./;,|]+")
"""What may stand between the parts of a name, tried in this order."""
_REPLICATE = re.compile(r"(?:rep|r|#)?[_.-]?(\d|1\d)", re.IGNORECASE)
_VISIT = re.compile(
    r"(?:v|visit|t|m|week|wk|day|d)[_.-]?\d{1,2}|baseline|screening|pre|post|follow-?up", re.I
)
_NUMBERED = re.compile(r"[A-Za-z]+[_.-]?\d+|\d+[_.-]?[A-Za-z]+\d*")
"""The form of most donors' ids: letters and a number."""
_AMOUNT = re.compile(
    r"(?:standards?|stds?|cal|s)[\s_.:#-]*(\d+(?:[.,]\d+)?)\s*([fpnuµm]?g/m?l)?", re.IGNORECASE
)
_GLUED = re.compile(
    rf"(?<=\d)\s+(?={DOSE[DOSE.index('(') :]}(?![A-Za-z]))|(?<=\d)\s+(?=(?:h|min|d)\b)"
)
_EXPOSURE = re.compile(
    r"(?<=\{stimulus\})((?:\[?[\s_./;,|-]*\{dose\}\]?)?(?:\[?[\s_./;,|-]*\{time\}\]?)?)"
)
"""Dose and time behind the stimulus of a pattern."""
_TAIL = re.compile(
    rf"(?P<core>.+?)(?:(?P<dose_sign>[\s_-])(?P<dose>{DOSE}))?"
    rf"(?:(?P<time_sign>[\s_-])(?P<time>{TIME}))?"
)
"""A name with a dose and a time at its end, where it has them."""
_CONTROLS = (
    *("none", "unstimulated", "unstim", "us", "ns", "nil", "untreated", "medium", "media"),
    *("control", "ctrl", "ctr", "vehicle", "dmso", "mock", "pbs", "basal", "kontrolle", "resting"),
    *("unstimuliert", "ohne", "0", "no", "neg"),
)
"""What laboratories call the wells without a stimulus."""
_NO_SEPARATOR = {ord(sign): 0xE000 + at for at, sign in enumerate(" _-./;,|")}
_SEPARATOR = {kept: sign for sign, kept in _NO_SEPARATOR.items()}
_FEWEST = 2
_MOST_REPLICATES = 6
_MOST_VISITS = 6
_NOBODYS = Words()


@dataclass(frozen=True)
class Splitting:
    """How names are made: the pattern, the donors and stimuli in the order of the files, and what
    could be otherwise (empty: nothing).
    """

    pattern: str
    donors: tuple[str, ...] = ()
    stimuli: tuple[str, ...] = ()
    doubt: str = ""


@dataclass(frozen=True)
class _Cut:
    """Names cut at one kind of separator: the parts of each, and what stands between them."""

    rows: Mapping[str, tuple[str, ...]]
    between: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many parts a name has."""
        return len(self.between) + 1

    def words(self, at: int) -> list[str]:
        """The words at one place, in the order of the files."""
        return list(dict.fromkeys(parts[at] for parts in self.rows.values()))


def is_role(name: str) -> bool:
    """Whether a name by itself says what a well is for (NTC, Std 3, Std 1000 pg/mL)."""
    return split(name, _NOBODYS) is not None or amount_in(name) is not None


def amount_in(name: str) -> tuple[float, str] | None:
    """Number and unit of the name of a standard; None for other names.

    >>> amount_in("Std 1000 pg/mL"), amount_in("Std 1"), amount_in("RA01")
    ((1000.0, 'pg/mL'), (1.0, ''), None)
    """
    match = _AMOUNT.fullmatch(" ".join(name.split()))
    return (float(match[1].replace(",", ".")), match[2] or "") if match else None


def usual_control(stimuli: Iterable[str]) -> str:
    """The one stimulus that is called as unstimulated wells usually are; empty for none or several.

    >>> usual_control(["LPS", "none"]), usual_control(["A", "B"])
    ('none', '')
    >>> usual_control(["LPS 4h", "medium 4h"]), usual_control(["medium 4h", "medium 24h"])
    ('medium 4h', '')
    """
    usual = [name for name in stimuli if _core(name).casefold() in _CONTROLS]
    return usual[0] if len(usual) == 1 else ""


def _core(name: str) -> str:
    """A name without dose and time at its end."""
    match = _TAIL.fullmatch(name)
    return match["core"] if match else name


def splitting_of(names: Sequence[str], known: Iterable[str] = ()) -> Splitting:
    """How the names of samples are made; `known` are donors that a table of donors lists. Where no
    part of them repeats, each whole name is a donor.
    """
    donors = {" ".join(donor.split()) for donor in known}
    plain = [" ".join(name.split()) for name in names]
    whole = list(dict.fromkeys(_whole_donors(plain, donors)))
    kept = {_kept(donor) for donor in donors}
    splitting = _with_tails(whole, kept) or _best_cut(whole, kept) or _only_donors(whole, kept)
    folded = _folded(splitting, whole)
    return replace(folded, donors=tuple(map(_as_written, folded.donors)))


def _folded(splitting: Splitting, names: Sequence[str]) -> Splitting:
    """Names whose doses and times belong to the stimulus where one comes at several of them: each
    is then a stimulus of its own, as questions need it.
    """
    pattern = _EXPOSURE.sub("", splitting.pattern, count=1)
    if pattern == splitting.pattern:
        return splitting
    forms = [_form_of(each, splitting) for each in variants(splitting.pattern)]
    matches = [match for name in names for form in forms if (match := form.fullmatch(name))]
    given = {(match["stimulus"], match["exposure"]) for match in matches}
    if len(given) == len({stimulus for stimulus, _ in given}):
        return splitting
    stimuli = dict.fromkeys(match["stimulus"] + match["exposure"] for match in matches)
    return replace(splitting, pattern=pattern, stimuli=tuple(stimuli))


def _form_of(pattern: str, splitting: Splitting) -> re.Pattern[str]:
    """The names of one form; dose and time behind the stimulus are its `exposure`."""
    parts = _EXPOSURE.split(pattern, maxsplit=1)
    before, exposure, after = (_regex(part, splitting) for part in parts)
    return re.compile(f"{before}(?P<exposure>{exposure}){after}")


def _regex(pattern: str, splitting: Splitting) -> str:
    """A part of a pattern whose fields hold the donors and stimuli that are known."""
    words = {
        "donor": "|".join(map(re.escape, splitting.donors)),
        "stimulus": "|".join(map(re.escape, splitting.stimuli)),
        "dose": DOSE,
        "time": TIME,
    }
    cut = re.split(r"\{(\w+)\}", pattern)
    fields = [f"(?P<{name}>{words.get(name, '.+?')})" for name in cut[1::2]]
    signs = map(re.escape, cut[::2])
    return "".join(sign + field for sign, field in zip(signs, [*fields, ""], strict=True))


def _whole_donors(names: Iterable[str], donors: set[str]) -> Iterator[str]:
    """Names whose known donors hold no separator, so that none is cut: RA-01 is one word."""
    parted = sorted((donor for donor in donors if _kept(donor) != donor), key=len, reverse=True)
    if not parted:
        return iter(names)
    known = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, parted))})(?![^\W_])")
    return (known.sub(lambda match: _kept(match[0]), name) for name in names)


def _kept(donor: str) -> str:
    """A donor with signs of no meaning in the place of separators."""
    return donor.translate(_NO_SEPARATOR)


def _as_written(donor: str) -> str:
    """A donor as the files write it."""
    return donor.translate(_SEPARATOR)


def _best_cut(names: list[str], known: set[str]) -> Splitting | None:
    """The cut whose parts cross best; None where no part repeats."""
    cuts = filter(None, (_cut(names, separator) for separator in _SEPARATORS))
    scored = [each for cut in cuts if (each := _labelled(cut, known)) is not None]
    return max(scored, key=lambda each: each[0])[1] if scored else None


def _with_tails(names: list[str], known: set[str]) -> Splitting | None:
    """Names of which only some end in a dose or time, as those without a stimulus do not."""
    tails = [match for name in names if (match := _TAIL.fullmatch(name))]
    ends = {part: {bool(match[part]) for match in tails} for part in ("dose", "time")}
    if not any(len(there) > 1 for there in ends.values()):
        return None
    inner = _best_cut(list(dict.fromkeys(match["core"] for match in tails)), known)
    if inner is None or "{stimulus}" not in inner.pattern:
        return None
    signs = {part: _signs(tails, part) for part in ends}
    if any(len(each) > 1 for each in signs.values()):
        return None
    ending = "".join(_ending(part, signs[part], ends[part]) for part in ends)
    return replace(inner, pattern=inner.pattern + ending)


def _signs(tails: Iterable[re.Match[str]], part: str) -> set[str]:
    """What stands before a dose or time."""
    return {match[f"{part}_sign"] for match in tails if match[part]}


def _ending(part: str, signs: Iterable[str], there: set[bool]) -> str:
    """A dose or time at the end of a pattern; in brackets where some names lack it."""
    written = "".join(f"{sign}{{{part}}}" for sign in signs)
    return f"[{written}]" if written and len(there) > 1 else written


def _only_donors(names: list[str], known: set[str]) -> Splitting:
    """Names that are the donor's and nothing else."""
    if known and set(names) <= known:
        return Splitting("{donor}", tuple(names))
    doubt = "every whole name was taken for a donor" if len(names) > 1 else "only one name"
    return Splitting("{donor}", tuple(names), doubt=doubt)


def _cut(names: list[str], separator: str) -> _Cut | None:
    """Names cut at a separator, doses and times kept whole; None where they have several lengths
    or only one part.
    """
    rows: dict[str, tuple[str, ...]] = {}
    between: set[tuple[str, ...]] = set()
    for name in names:
        glued = _GLUED.sub("\0", name)
        parts = re.split(f"({separator})", glued)
        rows[name] = tuple(part.replace("\0", " ") for part in parts[::2])
        between.add(tuple(parts[1::2]))
    if len(between) != 1 or not all(all(parts) for parts in rows.values()):
        return None
    (signs,) = between
    return _Cut(rows, signs) if signs else None


def _labelled(cut: _Cut, known: set[str]) -> tuple[float, Splitting] | None:
    """The field of each part, with how well the parts cross; None where none is a donor."""
    places = [at for at in range(cut.width) if len(cut.words(at)) > 1]
    forms = {at: form for at in places if (form := _form(cut.words(at)))}
    rest = [at for at in places if at not in forms]
    donor, doubt = _donor_place(cut, rest, known)
    if donor is None:
        return None
    others = [at for at in rest if at != donor]
    labels = {**forms, donor: "donor", **_labels_of_others(cut, donor, others)}
    if not _are_neighbours(_places_of("stimulus", labels)):
        return None
    listed = _listed(cut.words(donor), known)
    score = 2 * listed + _crossing(cut, labels, donor)
    return score, _splitting(cut, labels, "" if listed == 1 else doubt)


def _places_of(label: str, labels: Mapping[int, str]) -> list[int]:
    """The places of one field."""
    return [at for at in sorted(labels) if labels[at] == label]


def _are_neighbours(places: list[int]) -> bool:
    """Whether places stand side by side."""
    return all(after - before == 1 for before, after in pairwise(places))


def _listed(words: list[str], known: set[str]) -> float:
    """Which share of some words are known donors."""
    return len(known & set(words)) / len(words)


def _crossing(cut: _Cut, labels: Mapping[int, str], donor: int) -> float:
    """Which share of all donors in all conditions there is."""
    return len(cut.rows) / (len(cut.words(donor)) * _product(cut, labels, donor))


def _splitting(cut: _Cut, labels: Mapping[int, str], doubt: str) -> Splitting:
    """The names as they are made by these fields."""
    (donor,) = _places_of("donor", labels)
    doubts = filter(None, [doubt, *_doubts_of_others(cut, labels)])
    return Splitting(
        _pattern(cut, labels),
        tuple(cut.words(donor)),
        _stimuli(cut, _places_of("stimulus", labels)),
        "; ".join(doubts),
    )


def _form(words: list[str]) -> str:
    """The field that the form of all words tells: a time or a dose."""
    for name, form in (("time", TIME), ("dose", DOSE)):
        if all(re.fullmatch(form, word, re.IGNORECASE if name == "time" else 0) for word in words):
            return name
    return ""


def _donor_place(cut: _Cut, places: list[int], known: set[str]) -> tuple[int | None, str]:
    """The part that names the donor, and what else it could be."""
    if not places:
        return None, ""
    listed = [at for at in places if known and len(known & set(cut.words(at))) >= _FEWEST]
    if len(listed) == 1:
        return listed[0], ""
    ranked = sorted(places, key=lambda at: (-_donor_likeness(cut.words(at)), at))
    first, *others = ranked
    close = [
        at
        for at in others
        if _donor_likeness(cut.words(at)) > _donor_likeness(cut.words(first)) - 1
    ]
    if not close:
        return first, ""
    shown = ", ".join(cut.words(close[0])[:3])
    return first, f"the donor could be {', '.join(cut.words(first)[:3])} ..., or {shown} ..."


def _donor_likeness(words: list[str]) -> float:
    """How much some words look like donors: many of them, of letters and a number, none of them
    what unstimulated wells are called.
    """
    numbered = sum(bool(_NUMBERED.fullmatch(word)) for word in words) / len(words)
    control = any(word.casefold() in _CONTROLS and not word.isdigit() for word in words)
    return len(words) + 4 * numbered - (100 if control else 0)


def _labels_of_others(cut: _Cut, donor: int, places: list[int]) -> dict[int, str]:
    """The fields of the parts beside the donor: a last part of few small numbers is the replicate,
    one like V1 the visit; what is left is the stimulus.
    """
    labels = {at: "visit" if _are_visits(cut.words(at)) else "stimulus" for at in places}
    last = cut.width - 1
    if last in labels and _are_replicates(cut.words(last)):
        labels[last] = "replicate"
    return labels


def _are_visits(words: list[str]) -> bool:
    """Whether some words are few, and each is as visits are called."""
    return len(words) <= _MOST_VISITS and all(map(_VISIT.fullmatch, words))


def _doubts_of_others(cut: _Cut, labels: Mapping[int, str]) -> Iterator[str]:
    """Parts whose form alone tells what they are: visits, and replicates that are bare numbers."""
    for at, label in labels.items():
        words = cut.words(at)
        is_bare = label == "replicate" and all(word.isdigit() for word in words)
        if is_bare or label == "visit":
            yield f"{', '.join(words[:4])} were taken for {label}s"


def _are_replicates(words: list[str]) -> bool:
    """Whether some words count from 1 on: 1 and 10 may be doses."""
    numbers = [match[1] for word in words if (match := _REPLICATE.fullmatch(word))]
    counted = {str(number) for number in range(1, len(words) + 1)}
    return len(words) <= _MOST_REPLICATES and set(numbers) == counted


def _stimuli(cut: _Cut, places: list[int]) -> tuple[str, ...]:
    """The stimuli; parts side by side are one."""
    whole = (_joined(cut, parts, places) for parts in cut.rows.values())
    return tuple(name for name in dict.fromkeys(whole) if name)


def _joined(cut: _Cut, parts: Sequence[str], places: list[int]) -> str:
    joined = ""
    for at in places:
        joined += (cut.between[at - 1] if joined else "") + parts[at]
    return joined


def _product(cut: _Cut, labels: Mapping[int, str], donor: int) -> int:
    """How many conditions there would be if every word stood with every other."""
    count = 1
    for at in labels:
        count *= len(cut.words(at)) if at != donor else 1
    return count


def _pattern(cut: _Cut, labels: Mapping[int, str]) -> str:
    """The pattern of the names; parts side by side that are one field stand once."""
    text, before = "", ""
    for at in range(cut.width):
        label = labels.get(at, "")
        if label and label == before:
            continue
        sign = cut.between[at - 1] if at else ""
        text += sign + (f"{{{label}}}" if label else cut.words(at)[0])
        before = label
    return text
