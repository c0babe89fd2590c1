"""Faults of: who the people are, and what tells their groups apart."""

from __future__ import annotations

from mutation.fault import Fault

_COHORT = ("tell/test_cohort.py",)
_KINDS = ("study/test_characteristics.py",)
_DRUGS = ("test_medication.py",)

CLINIC_COHORT = (
    Fault(
        name="a column of codes counts as numbers by itself",
        file="src/exvivo/study/characteristics.py",
        right='    if numbers == len(known):\n        return "numbers"\n    if numbers:',
        fault="    if numbers:",
        tests=_KINDS,
    ),
    Fault(
        name="words of single people are levels",
        file="src/exvivo/study/characteristics.py",
        right='return "many words" if len({*known}) > _MOST_WORDS else None',
        fault="return None",
        tests=_KINDS,
    ),
    Fault(
        name="cells of another kind pass",
        file="src/exvivo/study/characteristics.py",
        right="        if cell and not _is_of_kind(characteristic, cell):",
        fault="        if False:",
        tests=_KINDS,
    ),
    Fault(
        name="missing people are in the percentages",
        file="src/exvivo/tell/cohort/shown.py",
        right="                share = 100 * count / known.known if known.known else None",
        fault="                share = 100 * count / (known.known + known.missing)",
        tests=_COHORT,
    ),
    Fault(
        name="groups without a level in common get a finite distance",
        file="src/exvivo/tell/cohort/balance.py",
        right="    if not (counts > 0).all(axis=0).any():\n        return math.inf\n",
        fault="",
        tests=_COHORT,
    ),
    Fault(
        name="the distance takes the covariance of one group",
        file="src/exvivo/tell/cohort/balance.py",
        right="    spread = (_covariance(p) + _covariance(q)) / 2",
        fault="    spread = _covariance(p)",
        tests=_COHORT,
    ),
    Fault(
        name="not applicable counts as missing",
        file="src/exvivo/tell/cohort/scores.py",
        right='        state == "not applicable" and (row is None or row["score"] is None)',
        fault="        False",
        tests=_COHORT,
    ),
    Fault(
        name="who withdrew is in the first table",
        file="src/exvivo/tell/cohort/rows.py",
        right='stayed = stayed.filter(~pl.col("donor").str.starts_with(WITHDRAWN))',
        fault="pass",
        tests=_COHORT,
    ),
    Fault(
        name="exceptions of a class belong to it",
        file="src/exvivo/catalog/medication.py",
        right="return code.startswith(self.atc) and not (self.but and code.startswith(self.but))",
        fault="return code.startswith(self.atc)",
        tests=_DRUGS,
    ),
    Fault(
        name="who takes something unknown counts as free of every class",
        file="src/exvivo/catalog/medication.py",
        right="        return None if unsure else False",
        fault="        return False",
        tests=_DRUGS,
    ),
    Fault(
        name="any words may stand behind a substance",
        file="src/exvivo/catalog/medication.py",
        right="    while len(words) > 1 and _SCHEDULE.fullmatch(words[-1]):",
        fault="    while len(words) > 1:",
        tests=_DRUGS,
    ),
    Fault(
        name="codes declared as a category are numbers in adjustments",
        file="src/exvivo/compare/methods/covariates.py",
        right="    if len(numbers) == len(words) and not kind:",
        fault="    if len(numbers) == len(words):",
        tests=("compare/asks/test_covariates_apart.py",),
    ),
    Fault(
        name="columns that separate only together are not seen",
        file="src/exvivo/compare/methods/covariates.py",
        right="        if not apart and len(self.words) > 1:",
        fault="        if False:",
        tests=("compare/asks/test_covariates_apart.py",),
    ),
    Fault(
        name="groups that hardly overlap are not told",
        file="src/exvivo/study/separation.py",
        right="    if complete or (share >= NEARLY and share - 0.5 >= _NO_CHANCE * chance):",
        fault="    if complete:",
        tests=("study/test_separation.py", "reconcile/test_separated.py"),
    ),
    Fault(
        name="levels of single people tell groups apart",
        file="src/exvivo/study/separation.py",
        right="    if not n or not m or n + m < PEOPLE_EACH * len(levels):",
        fault="    if not n or not m:",
        tests=("study/test_separation.py",),
    ),
    Fault(
        name="a few people are apart by chance",
        file="src/exvivo/reconcile/separated.py",
        right="    if min(map(len, sides)) < FEWEST:",
        fault="    if min(map(len, sides)) < 2:",
        tests=("reconcile/test_separated.py",),
    ),
    Fault(
        name="columns that nobody declared tell groups apart",
        file="src/exvivo/reconcile/separated.py",
        right="            if each in study.characteristics or is_usual(each.id):",
        fault="            if True:",
        tests=("reconcile/test_separated.py",),
    ),
    Fault(
        name="wells that people left out give no reason in the flow",
        file="src/exvivo/tell/stages.py",
        right="        if all(reasons):",
        fault="        if False:",
        tests=("tell/test_people_flow.py",),
    ),
)
