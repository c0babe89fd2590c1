"""What the virtual people fill in: single answers whose scores are exactly those of the people, and
what a form at enrolment asks beside.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

import numpy as np

from exvivo.arrays import Ints
from exvivo.simulate.model import VirtualStudy
from exvivo.simulate.parameters import Rng
from exvivo.simulate.redcap_fields import ANXIETY, DEPRESSION, field_of, has_hads

Answers = dict[str, str]
"""What stands in the columns of one row; for a field with boxes, the codes that are ticked."""
DIARY_DAYS = 2
_POINTS = 3
"""The most points of one item of the HADS."""
_ITEM_SD = 0.8
_FIRST_VISIT = datetime.date(2026, 1, 12)
_VISIT_DAYS = 60
_PLACES = 8


def items_of(total: int, count: int, *, rng: Rng) -> Ints:
    """Answers of 0 to 3 to `count` items that sum to a total: each item is the person's mean with
    noise, rounded, and single items are then moved by one point until the sum is met.

    >>> items_of(21, 7, rng=np.random.default_rng(1)).tolist()
    [3, 3, 3, 3, 3, 3, 3]
    """
    noisy = total / count + _ITEM_SD * rng.standard_normal(count)
    answers = np.clip(np.round(noisy), 0, _POINTS).astype(np.int64)
    while lacking := total - int(answers.sum()):
        step = 1 if lacking > 0 else -1
        movable = np.flatnonzero((answers + step >= 0) & (answers + step <= _POINTS))
        answers[rng.choice(movable)] += step
    return answers


def enrolled(virtual: VirtualStudy, donor: int, visit: datetime.date, *, rng: Rng) -> Answers:
    """The form of enrolment: sex, age and body mass index are those of the virtual donor."""
    person = virtual.people.table.row(donor, named=True)
    height, weight = _body(float(person["bmi"]), rng)
    is_woman = person["sex"] == "female"
    answers = {
        "first_name": f"Invented{donor + 1:03d}",
        "dob": _birthday(visit, int(person["age"]), rng).isoformat(),
        "study_group": "1" if virtual.people.patient[donor] else "2",
        "sex": "0" if is_woman else "1",
        "height": f"{height:.2f}".replace(".", ","),
        "weight": f"{weight:.2f}",
        "bmi": person["bmi"],
        "meds": " ".join(_ticked(("1", "2", "3"), 0.3 * virtual.people.patient[donor], rng)),
        "comments": 'came by bus;\nsaid "fine"' if donor == 1 else "",
    }
    return answers | ({"menopause": str(int(int(person["age"]) > 51))} if is_woman else {})


def visited(virtual: VirtualStudy, donor: int, visit: datetime.date, *, rng: Rng) -> Answers:
    """The forms of the visit: every score that is recorded as it is, and every item."""
    scales = virtual.parameters.scales
    scores = {
        scale.id: int(score)
        for scale, score in zip(scales, virtual.people.scores[donor], strict=True)
    }
    plain = ((field_of(scale, scales), scores[scale.id]) for scale in scales)
    answers = {"visit_date": visit.isoformat(), **{name: str(n) for name, n in plain if name}}
    if has_hads(scales):
        answers |= _hads(scores, rng)
    share = 0.6 if virtual.people.patient[donor] else 0.1
    places = [str(number) for number in range(1, _PLACES + 1)]
    return answers | {"areas": " ".join(_ticked(places, share, rng))}


def diary(visit: datetime.date, day: int, *, rng: Rng) -> Answers:
    """One evening of the diary."""
    when = visit + datetime.timedelta(days=day)
    return {"diary_time": f"{when.isoformat()} 21:30", "diary_pain": str(rng.integers(0, 11))}


def visit_of(rng: Rng) -> datetime.date:
    """The day of a visit."""
    return _FIRST_VISIT + datetime.timedelta(days=int(rng.integers(0, _VISIT_DAYS)))


def _hads(scores: dict[str, int], rng: Rng) -> Answers:
    """The fourteen items, and both sums as REDCap calculates them."""
    answers: Answers = {}
    for scale, names in (("HADS_A", ANXIETY), ("HADS_D", DEPRESSION)):
        items = items_of(scores[scale], len(names), rng=rng)
        answers |= dict(zip(names, map(str, items), strict=True))
        answers[scale.lower()] = str(scores[scale])
    return answers


def _body(bmi: float, rng: Rng) -> tuple[float, float]:
    """A height in metres and a weight in kg that give a body mass index to its one decimal."""
    height = round(float(rng.normal(1.66, 0.07)), 2)
    return height, round(bmi * height**2, 2)


def _birthday(visit: datetime.date, age: int, rng: Rng) -> datetime.date:
    """A day of birth that makes someone as many years old on a day, by a margin of two weeks."""
    latest = visit.replace(year=visit.year - age)
    return latest - datetime.timedelta(days=int(rng.integers(14, 350)))


def _ticked(codes: Iterable[str], share: float, rng: Rng) -> Iterator[str]:
    return (code for code in codes if rng.random() < share)
