"""The numbers of a sentence, as a reader takes them: folds in digits and words, percentages more or
less, intervals, p values, coefficients, numbers of people.

A sentence goes in; each number comes out with its kind, its value as a ratio or as it stands, how
exactly it is stated, and its characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from exvivo.claims.tokens import folded

NumberKind = Literal["fold", "interval", "p", "coefficient"]
Bound = Literal["", "over", "under"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a sentence: its values (two of an interval), the slack of its rounding, whether
    it is stated as a bound, and its characters. `relative` slack is a share of the value.
    """

    kind: NumberKind
    values: tuple[float, ...]
    start: int
    end: int
    slack: float
    relative: float = 0.0
    bound: Bound = ""

    def fits(self, expected: float) -> bool:
        """Whether a value rounds to the first number, or lies on the stated side of it."""
        return fits(self.values[0], expected, self)


def fits(stated: float, expected: float, number: Number) -> bool:
    """Whether an expected value is what is stated: it rounds to it with the digits that are given,
    or lies within the slack of words such as "about" and "twice".
    """
    slack = max(number.slack, number.relative * abs(stated)) * (1 + 1e-9) + 1e-12
    if number.bound == "over":
        return expected >= stated - slack
    if number.bound == "under":
        return expected <= stated + slack
    return abs(stated - expected) <= slack


_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70}
_WORDS = {word: float(value) for value, word in enumerate(_ONES)} | {
    **{word: float(value) for word, value in _TENS.items()},
    **{"eighty": 80.0, "ninety": 90.0, "hundred": 100.0},
}
_TENS_AND_ONES = re.compile(rf"({'|'.join(_TENS)})[- ]({'|'.join(_ONES[1:10])})")
_SMALL = "|".join(sorted(_WORDS, key=len, reverse=True))
_DIGITS = r"[-−]?\d+(?:,\d{3})*(?:[.·]\d+)?"
_NUMBER = rf"(?:{_DIGITS}|(?:{_SMALL})(?:[- ](?:{_SMALL}))?(?: and a (?:half|third|quarter))?)"
_MULTIPLES = {
    **{"twice": 2.0, "twofold": 2.0, "double": 2.0, "doubled": 2.0, "doubles": 2.0},
    **{"doubling": 2.0, "thrice": 3.0, "triple": 3.0, "tripled": 3.0, "threefold": 3.0},
    **{"treble": 3.0, "trebled": 3.0, "quadruple": 4.0, "quadrupled": 4.0, "fourfold": 4.0},
    **{"fivefold": 5.0, "sixfold": 6.0, "tenfold": 10.0, "halved": 0.5, "halve": 0.5},
    **{"halves": 0.5, "halving": 0.5, "half": 0.5, "sevenfold": 7.0, "eightfold": 8.0},
}
_PARTS = {"a third": 1 / 3, "a quarter": 0.25, "two thirds": 2 / 3, "three quarters": 0.75}
_PARTS |= {"one third": 1 / 3, "one quarter": 0.25, "a fifth": 0.2, "a tenth": 0.1}
_ABOUT = re.compile(
    r"(?:about|roughly|approximately|around|nearly|almost|some|circa|ca\.?|a little|just over"
    r"|just under|close to|some|~|≈|an estimated|a good|slightly|anywhere from|over|a bit)\s*"
    r"(?:over |more than |less than |under |above |below )?$"
)
_BOUND = re.compile(
    r"(?P<over>(?<!no )more than|at least|over|upwards of|above|exceed\w*|>|≥|beyond)\s*$"
    r"|(?P<under>less than|at most|under|below|no more than|within|up to|smaller than|<|≤"
    r"|by less than|within a|fewer than)\s*$"
)
_P = re.compile(
    rf"\bp(?:[- ]?values?)?\s*(?:(?:for|of) (?:[a-z][\w-]* ){{1,4}})?"
    rf"(?:was |of |is |adjusted |corrected |\(\w+\) )*"
    rf"(?P<sign>=|<|>|≤|≥|of|was|below|above|less than|under)\s*(?P<value>{_DIGITS})"
)
_COEFFICIENT = re.compile(
    r"\b(?:rho|ρ|r|r_s|spearman(?:'s)?|pearson(?:'s)?|coefficients?|correlations?|correlated)\)?"
    r"(?: coefficient)?\s*(?:=|of|was|is|at|:|,|stood at)?\s*(?P<value>[-−]?[01]?\.\d+)"
)
LEVEL = re.compile(
    r"(?<!\d)\d{1,3}(?:\.\d{1,3})?\s*(?:%|per ?cent|percent)[- ]*"
    r"(?:confidence |credible |compatibility )?(?:intervals?|ci\b|cri\b|confidence|limits)"
)
_PAIR = re.compile(
    rf"(?P<low>{_NUMBER}|less than half|half|a third more|a third less|{'|'.join(_PARTS)})"
    r"(?P<unit>[- ]?fold| times| %| percent)?\s*"
    r"(?:to|–|-|—|and|(?<=\d),(?=\s?[-−]?\d))\s*(?:more than )?"
    rf"(?P<high>{_NUMBER}|twice|{'|'.join(_PARTS)})"
    r"(?P<after>[- ]?fold| times| %| ?percent| per cent| points)?"
)
_FOLD = re.compile(
    rf"(?P<times>{_NUMBER})[- ]?(?:fold\b|times\b|×|x (?:as|higher|more|larger|greater))"
    rf"|(?:factors? of|ratio(?: of)?(?: =| was|:)?)\s*(?P<factor>{_NUMBER})"
    rf"|\b(?P<word>{'|'.join(_MULTIPLES)})\b|\b(?P<part>{'|'.join(_PARTS)})\b"
)
_PERCENT = re.compile(rf"(?P<value>{_NUMBER})\s*(?:%|per ?cent\b|percent\b)")
_OTHER_UNIT = re.compile(
    r"\s*(?:years?|months?|weeks?|days?|hours?|h\b|min|mm\b|m\b|µ|μ|pg|ng|ml|°|degrees|cm|kg|genes"
    r"|wells|of age|people|patients|donors|visits|samples|points? on)"
)
_NO_RESULT = re.compile(
    r"(?:scale|ages?|aged|ranging|visits?|grade|scored?|figs?\.?|table)\W*(?:\w+\W+)?$"
)
_LESS = re.compile(
    r"\b(?:less|away|lower|smaller|weaker|fewer|fall|fell|drop|dropped|reduc\w+|decreas\w+|cut|down"
    r"|below|inhibit\w+|suppress\w+|diminish\w+|declin\w+|blunt\w+|lowered|lowers?)\b"
)


_NO_NUMBER = re.compile(r"\d{16,}")
"""Digits that state no result. Patterns that begin anew at each of 20,000 take minutes."""
_ANY = re.compile(
    r"\d|fold|time|twice|doubl|half|halv|third|quarter|tripl|tenth|fifth|factor", re.I
)


def numbers_of(text: str) -> list[Number]:
    """The numbers of a sentence that state a result, in their order."""
    if not _ANY.search(text):
        return []
    plain = _hidden(_hidden(folded(text), _NO_NUMBER), LEVEL)
    listed: list[Number] = []
    for pattern, read in ((_P, _p), (_COEFFICIENT, _coefficient), (_PAIR, _pair), (_FOLD, _fold)):
        for match in pattern.finditer(plain):
            if number := read(match, plain):
                listed.append(number)
                plain = _without(plain, match)
    listed += filter(None, (_percent(match, plain) for match in _PERCENT.finditer(plain)))
    return sorted(listed, key=lambda number: number.start)


def _hidden(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: " " * len(match[0]), text)


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]}{'_' * len(match[0])}{text[match.end() :]}"


def value_of(word: str) -> float | None:
    """A number in digits or words; None where it is none.

    >>> value_of("two and a half"), value_of("−0.5"), value_of("twenty-four"), value_of("most")
    (2.5, -0.5, 24.0, None)
    """
    text = word.replace("−", "-").replace("·", ".").replace(",", "").strip()
    if re.fullmatch(r"-?\d+(?:\.\d+)?", text):
        return float(text)
    whole, _, part = text.partition(" and a ")
    extra = {"half": 0.5, "third": 1 / 3, "quarter": 0.25}.get(part, 0.0)
    if both := _TENS_AND_ONES.fullmatch(whole):
        return _WORDS[both[1]] + _WORDS[both[2]] + extra
    return _WORDS[whole] + extra if whole in _WORDS else _MULTIPLES.get(whole, _PARTS.get(whole))


def _decimals(word: str) -> float:
    """Half a unit of the last digit that is given."""
    return 0.5 * 10.0 ** -len(word.replace("·", ".").partition(".")[2])


def _p(match: re.Match[str], text: str) -> Number | None:
    value = value_of(match["value"])
    under = match["sign"] in {"<", "≤", "below", "less than", "under"}
    over = match["sign"] in {">", "≥", "above"}
    bound: Bound = "under" if under else "over" if over else ""
    slack = 0.0 if bound else _decimals(match["value"])
    return (value is not None and Number("p", (value,), *match.span(), slack, 0.0, bound)) or None


def _coefficient(match: re.Match[str], text: str) -> Number | None:
    value = value_of(f"0{match['value']}" if match["value"][:1] == "." else match["value"])
    if value is None:
        return None
    return Number("coefficient", (value,), *match.span(), _decimals(match["value"]))


def _pair(match: re.Match[str], text: str) -> Number | None:
    """Two numbers as an interval, where they are not years, doses or points of a scale."""
    before = text[max(0, match.start() - 40) : match.start()]
    low, high = value_of(match["low"]), value_of(match["high"])
    if low is None or high is None or _OTHER_UNIT.match(text, match.end()):
        return None
    if "," in match[0] and not re.search(r"[(\[][^)\]]*$", before + text[match.start()]):
        return None
    decimal = "." in match["low"] or "." in match["high"]
    if _NO_RESULT.search(before) or not (decimal or match["after"] or match["unit"]):
        return None
    percent = "%" in (match["after"] or "") or "cent" in (match["after"] or "")
    if percent or low >= high:
        return None
    slack = max(_decimals(match["low"]), _decimals(match["high"])) if decimal else 0.0
    return Number("interval", (low, high), *match.span(), slack, 0.0 if decimal else 0.25)


def _fold(match: re.Match[str], text: str) -> Number | None:
    word = match["times"] or match["factor"] or match["word"] or match["part"]
    value = value_of(word)
    if value is None or (match["part"] and not _as_part(match, text)):
        return None
    by_half = _BY.search(text[: match.start()])
    if match["word"] == "half" and not by_half and not _HALF_AS.match(text, match.end()):
        return None
    return _sized(word, value, match, text)


_HALF_AS = re.compile(r" (?:as|that|the|of that)")
_BY = re.compile(r"\bby (?:about |roughly |almost |nearly |more than |over )?$")


def _as_part(match: re.Match[str], text: str) -> bool:
    """Whether a third is said of an amount, not of people or of more."""
    after = text[match.end() : match.end() + 12]
    return not re.match(r" (?:more|of the (?:patients|people|donors)|less)", after)


def _sized(word: str, value: float, match: re.Match[str], text: str) -> Number:
    before = text[max(0, match.start() - 24) : match.start()]
    bound = _BOUND.search(before)
    side: Bound = "" if not bound else "over" if bound["over"] else "under"
    in_words = not word[-1:].isdigit()
    relative = 0.16 if in_words else 0.12 if _ABOUT.search(before) else 0.0
    slack = 0.0 if in_words or side else _decimals(word)
    times = match.re is _FOLD and match["word"] in {"halve", "halved", "halves", "halving"}
    if times and side == "over":
        side = "under"
    return Number("fold", (value,), *match.span(), slack, 0.0 if side else relative, side)


def _percent(match: re.Match[str], text: str) -> Number | None:
    """A percentage more or less than something, as a ratio."""
    value = value_of(match["value"])
    if value is None:
        return None
    number = _sized(match["value"], value, match, text)
    around = text[max(0, match.start() - 60) : match.end() + 30]
    to = re.search(
        r"\b(?:to|left|leav\w+) (?:about |roughly |some |only )?$", text[: match.start()]
    )
    after = text[match.end() :]
    if re.match(r"\s*of (?:all |the |our |these )*[\w-]* ?(?:people|patients|donors|cells)", after):
        return None
    left = re.search(r"\b(?:left|leav\w+|remain\w*|retain\w+|kept|still) ", around)
    of = re.match(r"\s*of (?:that|what|its|the (?:level|response))", after)
    of = of or (left and re.match(r"\s*of ", after))
    scale = 1.0 if to or of else -1.0 if _LESS.search(around) else 2.0
    ratio = value / 100 if scale == 1.0 else 1 - value / 100 if scale < 0 else 1 + value / 100
    slack = max(number.slack / 100, 0.004)
    bound = _turned(number.bound) if scale < 0 else number.bound
    return Number("fold", (ratio,), number.start, number.end, slack, number.relative, bound)


def _turned(bound: Bound) -> Bound:
    if not bound:
        return ""
    return "under" if bound == "over" else "over"


_PEOPLE = re.compile(
    rf"(?<![\w.,-])(?P<n>\d{{1,4}}|(?:{_SMALL})(?:[- ](?:{'|'.join(_ONES[1:10])}))?)\s+"
    r"(?P<who>(?:(?!and |of |or |to |in )[\w'-]+ ){0,2}?"
    r"(?:people|patients|persons|participants|controls|volunteers|donors|women|men|sufferers"
    r"|individuals|subjects|adults))\b"
)


WHOLE_GROUP = re.compile(
    rf"\b(?P<some>\d+|{_SMALL}) (?:out )?of (?:the |all |our )*(?P<all>\d+|{_SMALL}) "
    r"(?:[\w-]+ )?(?:patients|people|participants|donors|sufferers)"
)
"""A number of people out of a number of people."""


@dataclass(frozen=True, slots=True)
class People:
    """A number of people: how many, their noun, and its characters."""

    n: int
    who: str
    start: int
    end: int


def people_of(text: str) -> Iterator[People]:
    """The numbers of people that a sentence states."""
    for match in _PEOPLE.finditer(folded(text)):
        value = value_of(match["n"])
        if value is not None and value > 1:
            yield People(int(value), match["who"].split()[-1], *match.span())
