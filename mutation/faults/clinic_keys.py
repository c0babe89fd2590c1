"""Faults of: scoring keys, of the catalog and of one's own."""

from __future__ import annotations

from mutation.fault import Fault

_CHECKS = "src/exvivo/study/scoring_checks.py"
_KEYS = "src/exvivo/study/scoring_keys.py"
_EXAMPLES = "src/exvivo/quantify/scores/examples.py"
_OF_SCALES = ("test_scales.py",)

CLINIC_KEYS = (
    Fault(
        name="a range that the rule exceeds",
        file=_CHECKS,
        right="        return all(math.isclose(a, b, abs_tol=room) "
        "for a, b in zip(stated, own, strict=True))",
        fault="        return own[0] - room <= stated[0]",
        tests=_OF_SCALES,
    ),
    Fault(
        name="a mean with the range of a sum",
        file="src/exvivo/study/scoring_ranges.py",
        right="    return lowest / len(parts), highest / len(parts)",
        fault="    return lowest, highest",
        tests=_OF_SCALES,
    ),
    Fault(
        name="a range without the factors of its score",
        file="src/exvivo/study/scoring_ranges.py",
        right="(end * score.times / score.divide for end in own)",
        fault="(end for end in own)",
        tests=_OF_SCALES,
    ),
    Fault(
        name="two examples are enough",
        file="src/exvivo/study/scoring_example_checks.py",
        right="FEWEST = 3",
        fault="FEWEST = 2",
        tests=_OF_SCALES,
    ),
    Fault(
        name="a score that no example shows",
        file="src/exvivo/study/scoring_example_checks.py",
        right="if name not in shown]",
        fault="if name in ()]",
        tests=_OF_SCALES,
    ),
    Fault(
        name="a score made of one below it",
        file=_CHECKS,
        right="        if each is score:\n            return\n        yield each",
        fault="        yield each",
        tests=_OF_SCALES,
    ),
    Fault(
        name="an example that does not come out is passed over in a study",
        file="src/exvivo/people_files.py",
        right="mistakes=(*answers.mistakes, *wrong)",
        fault="mistakes=(*answers.mistakes,)",
        tests=_OF_SCALES,
    ),
    Fault(
        name="a whole number of an example stands for what it rounds",
        file=_EXAMPLES,
        right="room = 0.5 * 10.0**-decimals if decimals else _EXACT",
        fault="room = 0.5 * 10.0**-decimals",
        tests=_OF_SCALES,
    ),
    Fault(
        name="an example without a score fits any score",
        file=_EXAMPLES,
        right="return math.isnan(number) and math.isnan(own)",
        fault="return True",
        tests=_OF_SCALES,
    ),
    Fault(
        name="a row of items that stands for millions",
        file=_KEYS,
        right="        if len(row.ids) > _MOST_ITEMS:",
        fault="        if len(row.ids) > 10 * _MOST_ITEMS:",
        tests=_OF_SCALES,
    ),
    Fault(
        name="a missing part of a key is a fault of ours",
        file="src/exvivo/study/nodes.py",
        right=" or required(fields[name][1])\n",
        fault="\n",
        tests=_OF_SCALES,
    ),
    Fault(
        name="RAND-36 scores general health the wrong way round",
        file="src/exvivo/catalog/scales/rand36.yaml",
        right="  - {ids: [34], lowest: 1, highest: 5, points: [100, 75, 50, 25, 0]}",
        fault="  - {ids: [34], lowest: 1, highest: 5, points: [0, 25, 50, 75, 100]}",
        tests=_OF_SCALES,
    ),
    Fault(
        name="HADS turns another item",
        file="src/exvivo/catalog/scales/hads.yaml",
        right="    reversed: [2, 4, 6, 7, 12, 14]",
        fault="    reversed: [2, 4, 6, 8, 12, 14]",
        tests=_OF_SCALES,
    ),
    Fault(
        name="the chest is a region of fibromyalgia",
        file="src/exvivo/catalog/scales/acr2016.yaml",
        right="      - [neck, upper_back, lower_back]",
        fault="      - [neck, upper_back, lower_back, chest]",
        tests=_OF_SCALES,
    ),
)
