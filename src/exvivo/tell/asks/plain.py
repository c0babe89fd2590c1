"""One sentence an answer for a reader who is no specialist: which way, about how much, in how many
donors, and what could also be so.

No coefficient, no p value and no symbol stands here. A number is rounded as a person would say it
(`about a third as high`); the range beside it keeps its digits, so that rounding never makes it
reach equality. What is not resolved is told as open, never as equality.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import assert_never

from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.asks.numbers import higher
from exvivo.tell.asks.parts import points_to_worse
from exvivo.tell.names import short_scale, target_of

_NEAR = 0.06
"""How far a factor may lie from a fraction or a whole number to be called by its name."""
_PARTS = {
    1 / 10: "a tenth",
    1 / 5: "a fifth",
    1 / 4: "a quarter",
    1 / 3: "a third",
    1 / 2: "half",
    2 / 3: "two thirds",
    3 / 4: "three quarters",
}
_TIMES = {2.0: "twice", 3.0: "three times", 4.0: "four times", 5.0: "five times", 10.0: "ten times"}
_SMALL_RISE = 1.2
"""The factor up to which a rise is told in percent."""
_TENFOLD = 10.0
_PLAINEST, _FAINTEST = 1e6, 1e-4
"""The factors beyond which no reader gains from a number."""
_SEE = "the reason stands at the answer in this report"
_REASONS = {
    "contradiction": (
        "something in the records of the study cannot be right, and that must be settled first"
    ),
    "beyond": "too many results lie beyond what the test can measure",
    "few": "too few results are there",
    "design": "how the samples were spread over the plates does not allow one",
}
_KINDS = (("undetected", "beyond"), ("bounds", "beyond"), ("few_", "few"))
"""Parts of reason codes, with the plain reason they stand for."""


def subject(finding: Finding, study: Study) -> str:
    """What an answer is about: `the response of TNF mRNA`, `the level of TNF mRNA under LPS`."""
    target = target_of(finding, study)
    if finding.stimulus:
        return f"the response of {target}"
    if finding.condition:
        return f"the level of {target} under {study.name_of(finding.condition)}"
    return f"the level of {target}"


def differs(finding: Finding, study: Study, first: str, second: str) -> str:
    """`The response of TNF mRNA was higher in A than in B: about twice as high (...).`"""
    start = words.capital(subject(finding, study))
    more = f"{start} was {higher(finding)} in {first} than in {second}"
    if finding.unit.reading == "probability":
        return f"{more} more often than not: {_pairs(finding)} ({donors(finding)})."
    return f"{more}{size(finding, 'as high')}."


def _pairs(finding: Finding) -> str:
    """A probability of the higher result as a count of pairs."""
    share = f"{100 * (finding.estimate or 0.5):.0f}"
    return f"in {share} of 100 pairs of donors, the first has the higher result"


def goes_with(finding: Finding, study: Study) -> str:
    """`response of TNF mRNA goes with a higher score of pain, that is, with a worse one (...)`."""
    what = subject(finding, study).removeprefix("the ")
    return f"{what} goes with {_score(finding, study)} ({donors(finding)})"


def _score(finding: Finding, study: Study) -> str:
    """`a higher score of pain, that is, with a worse one`."""
    one = "a worse one" if points_to_worse(finding, study) else "a better one"
    return f"a {higher(finding)} score of {short_scale(finding, study)}, that is, with {one}"


def size(finding: Finding, as_: str) -> str:
    """`: about twice as high (9 and 8 donors; anything from 1.78 to 2.20 times fits the data)`."""
    about = "" if finding.estimate is None else about_words(finding, as_)
    return f": {about} {_behind(finding)}" if about else f" {_behind(finding)}"


def _behind(finding: Finding) -> str:
    """The donors of an answer and what fits its data, in brackets."""
    return f"({'; '.join(filter(None, [donors(finding), _range(finding)]))})"


def about_words(finding: Finding, as_: str) -> str:
    """The size of an answer, rounded; empty where its unit says nothing to a lay reader."""
    estimate = finding.estimate or 0.0
    match finding.unit.reading:
        case "fold":
            return times_words(estimate, as_)
        case "odds":
            return f"the odds are {times_words(estimate, 'as large')}"
        case "points":
            return _points(estimate)
        case "share" | "coefficient" | "probability" | "amount":
            return ""
    assert_never(finding.unit.reading)


def _points(estimate: float) -> str:
    return f"about {words.number(abs(estimate), digits=1)} points"


def times_words(log2: float, as_: str = "as high") -> str:
    """A factor as a person would say it.

    >>> times_words(1.36), times_words(-1.64), times_words(1.02)
    ('about 2.6 times as high', 'about a third as high', 'about twice as high')
    >>> times_words(0.06), times_words(-1.32, "as much"), times_words(9.0)
    ('about 4 % higher', 'about 40 % as much', 'about 510 times as high')
    >>> times_words(30.0)
    'over a million times as high'
    """
    factor = 2.0 ** max(min(log2, 60.0), -60.0)
    if named := _named(factor):
        return f"about {named} {as_}"
    if factor >= _PLAINEST:
        return f"over a million times {as_}"
    if factor >= _SMALL_RISE:
        return f"about {_rounded(factor)} times {as_}"
    if factor > 1:
        return f"about {_percent(factor - 1)} % {'more' if as_ == 'as much' else 'higher'}"
    if factor < _FAINTEST:
        return f"less than a ten-thousandth {as_}"
    return f"about {_percent(factor)} % {as_}"


def _named(factor: float) -> str:
    """The name of a fraction or of a whole number of times nearby; empty where none is near."""
    near = {value: name for value, name in (_PARTS | _TIMES).items() if _is_near(factor, value)}
    return near[min(near, key=lambda value: abs(factor - value))] if near else ""


def _is_near(factor: float, value: float) -> bool:
    return abs(factor / value - 1) <= _NEAR


def _rounded(factor: float) -> str:
    return f"{factor:.1f}" if factor < _TENFOLD else f"{float(f'{factor:.2g}'):.0f}"


def _percent(share: float) -> str:
    """A share in percent with one digit below 10 % as far as it needs one."""
    percent = 100 * share
    return f"{percent:.0f}" if percent >= 1 else f"{percent:.2g}"


def _range(finding: Finding) -> str:
    """What fits the data: `anything from 1.78 to 3.70 times fits the data`, or in percent where the
    whole range lies below 1.
    """
    unit = _unit(finding)
    if finding.lower is None or finding.upper is None or unit is None:
        return ""
    percents = unit == " times" and finding.upper < 0
    say = _percent_of if percents else _end_of(finding)
    unit = " %" if percents else unit
    if math.isinf(finding.lower) and math.isinf(finding.upper):
        return "a difference of any size fits the data"
    if math.isinf(finding.lower):
        return f"anything up to {say(finding.upper)}{unit} fits the data"
    if math.isinf(finding.upper):
        return f"anything above {say(finding.lower)}{unit} fits the data"
    return f"anything from {say(finding.lower)} to {say(finding.upper)}{unit} fits the data"


def _unit(finding: Finding) -> str | None:
    """The word behind the ends of a range; None where a range would say nothing to a lay reader."""
    match finding.unit.reading:
        case "fold" | "odds":
            return " times"
        case "points":
            return " points"
        case "share" | "coefficient" | "probability" | "amount":
            return None
    assert_never(finding.unit.reading)


def _end_of(finding: Finding) -> Callable[[float], str]:
    return lambda value: words.ends_of(value, value, finding.unit).split(" to ")[0]


def _percent_of(log2: float) -> str:
    """A factor below 1 in percent that never reads as 100.

    >>> _percent_of(-1.0), _percent_of(-0.001), _percent_of(-12.0)
    ('50', '99.9', '0.024')
    """
    percent = 100 * 2.0**log2
    if percent < 1:
        return f"{percent:.2g}"
    texts = _ever_longer(percent)
    return next((text for text in texts if float(text) < 100), f"{percent:.2g}")


def _ever_longer(number: float) -> Iterator[str]:
    """A number with more and more decimals."""
    return (f"{number:.{digits}f}" for digits in (0, 1, 2, 4))


def donors(finding: Finding) -> str:
    """How many donors are in an answer, group by group: `9 and 8 donors`."""
    counts = [count.n for count in finding.n]
    if not counts:
        return ""
    noun = "donor" if counts == [1] else "donors"
    return f"{words.listed(map(str, counts))} {noun}"


def otherwise(finding: Finding, about: str, whether: str) -> str:
    """The sentence of an answer that is not supported; `whether` is what was asked."""
    n = donors(finding)
    behind = f" ({n})" if n else ""
    match finding.verdict:
        case "equivalent":
            small = "any difference is smaller than what the study had set as too small to matter"
            return f"For {about}, {small}{behind}."
        case "not estimable":
            return f"For {about}, no answer can be given: {_why_not(finding)}{behind}."
        case _:
            return f"For {about}, this study cannot tell {whether}: {_why_open(finding)}{behind}."


def _why_open(finding: Finding) -> str:
    if finding.excludes_null:
        return "its data point one way, but not surely enough for all that was asked at once"
    if any(count.undetected > 0.5 * count.n for count in finding.n):
        return "too many results lie beyond what the test can measure"
    return "its data fit more than one answer"


def _why_not(finding: Finding) -> str:
    """Why there is no answer, by the kind of its reason."""
    code = finding.reason.code if finding.reason else ""
    if code in _REASONS:
        return _REASONS[code]
    if "design" in code or "confounded" in code:
        return _REASONS["design"]
    return _REASONS.get(_kind_of(code), _SEE)


def _kind_of(code: str) -> str:
    """The plain reason that a code stands for; empty where it is none of them."""
    return next((kind for part, kind in _KINDS if part in code), "")
