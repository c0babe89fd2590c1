"""Faults of: results that are handed on."""

from __future__ import annotations

from mutation.fault import Fault

_SUPPRESS = "src/exvivo/tell/share/suppress.py"
_PEOPLE = "src/exvivo/tell/share/people.py"
_ANSWERS = "src/exvivo/tell/share/answers.py"
_SEARCH = "src/exvivo/tell/share/search.py"
_DOOR = "src/exvivo/share.py"
_COUNTS = ("tell/test_suppress.py",)
_TESTS = ("test_share.py",)

CLINIC_SHARE = (
    Fault(
        name="a lone small count is hidden alone",
        file=_SUPPRESS,
        right="    return not places or (several and rest - len(places) + 1 >= smallest)\n",
        fault="    return not places or bool(several or rest)\n",
        tests=_COUNTS,
    ),
    Fault(
        name="the rule itself gives a hidden count away",
        file=_SUPPRESS,
        right="    return min(map(len, values)) < smallest - 1\n",
        fault="    return min(map(len, values)) < 1\n",
        tests=_COUNTS,
    ),
    Fault(
        name="the column of all gives a hidden count away",
        file=_SUPPRESS,
        right="    while loose := exposed(cells, places, smallest):\n",
        fault="    while loose := exposed(cells, places, 0):\n",
        tests=_COUNTS,
    ),
    Fault(
        name="ages are told by the year",
        file=_PEOPLE,
        right="[band_of(cell) for cell in cells]",
        fault="cells",
        tests=_TESTS,
    ),
    Fault(
        name="rare levels keep their names",
        file=_PEOPLE,
        right="    if not rare:\n",
        fault="    if rare:\n",
        tests=_TESTS,
    ),
    Fault(
        name="an answer of few people is told",
        file=_ANSWERS,
        right="any(count.n < smallest for count in finding.n)",
        fault="any(count.n < 1 for count in finding.n)",
        tests=_TESTS,
    ),
    Fault(
        name="an answer that lacks few people tells how many",
        file=_ANSWERS,
        right="Between(count.n, *ends)",
        fault="Between(count.n, count.n, max(count.n, 0 * ends[0]))",
        tests=_TESTS,
    ),
    Fault(
        name="two answers that differ by one person are told",
        file=_ANSWERS,
        right="if 0 < few < people.smallest and",
        fault="if 0 < few < 1 and",
        tests=_TESTS,
    ),
    Fault(
        name="the last look reads no markup",
        file=_SEARCH,
        right="unescape(text), _JSON",
        fault="text, _JSON",
        tests=_TESTS,
    ),
    Fault(
        name="the last look sees no days",
        file=_SEARCH,
        right="    for day in sorted(_days_in(text) & persons.days):\n",
        fault="    for day in sorted(_days_in(text) - _days_in(text)):\n",
        tests=_TESTS,
    ),
    Fault(
        name="what was met stays in place",
        file=_DOOR,
        right="        if met := search(new):\n",
        fault="        if (met := search(new)) and not met:\n",
        tests=_TESTS,
    ),
    Fault(
        name="tables that were changed are handed on",
        file=_DOOR,
        right="    if changed:\n",
        fault="    if not changed and not made:\n",
        tests=_TESTS,
    ),
)
