"""How often the rules of `reconcile` raise a flag for nothing, and how often they notice a mistake:
`scripts/calibrate --only alarms`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from calibration.handed_in import NO_CULTURES, Design, Kind, study
from calibration.planted import PLANTED
from exvivo.flagged import Severity
from exvivo.reconcile import RULES, Held
from exvivo.simulate import ModelStudy, clinic, model_study, wells

HONEST, OF_MODEL, PLANTS = 400, 60, 10
"""Honest studies of `handed_in`, of the model study, and studies with each mistake."""
SIZES = ((14, 10), (6, 6), (20, 20), (12, 12))
"""Patients and controls of the model studies."""
ANALYTES: dict[Kind, int] = {"elisa": 1, "luminex": 10, "table": 5, "cq": 3}
"""How many a study with a mistake measures."""


@dataclass
class Alarms:
    """Studies that were held, those with a `stop` and with a `look`, and the rules that raised
    them.
    """

    held: int = 0
    stops: int = 0
    looks: int = 0
    rules: Counter[str] = field(default_factory=Counter)

    def count(self, one: Held) -> None:
        """Hold one more study."""
        raised = [(rule.__name__, flag) for rule in RULES for flag in rule(one)]
        severities = {flag.severity for _, flag in raised}
        self.held += 1
        self.stops += "stop" in severities
        self.looks += "look" in severities
        told = {name for name, flag in raised if flag.severity != "note"}
        self.rules.update(told)


def honest(number: int) -> Alarms:
    """Studies of `handed_in` without a mistake."""
    alarms = Alarms()
    for seed in range(number):
        rng = np.random.default_rng(seed)
        alarms.count(study(Design.drawn(rng), rng))
    return alarms


def model_studies(number: int) -> Alarms:
    """Studies of the product's own simulator."""
    alarms = Alarms()
    for seed in range(number):
        patients, controls = SIZES[seed % len(SIZES)]
        parameters = ModelStudy(
            patients=patients, controls=controls, plates=4, beads=60, tubes=1, wells=2
        )
        virtual = model_study(parameters, rng=np.random.default_rng([13, seed]))
        record = replace(virtual.study, cultures=NO_CULTURES)
        alarms.count(Held(study=record, wells=wells(virtual), clinic=clinic(virtual)))
    return alarms


def noticed(number: int) -> Iterator[tuple[str, Kind, Counter[Severity | None]]]:
    """For each mistake and kind of assay, of 12 and 12 donors on two plates: how many studies have
    a stop, a look at most, nothing.
    """
    for name, (kinds, plant) in PLANTED.items():
        for kind in kinds:
            counts: Counter[Severity | None] = Counter()
            for seed in range(number):
                rng = np.random.default_rng([7, seed])
                one = plant(study(Design(kind, (12, 12), 2, 2, ANALYTES[kind], 2), rng), rng)
                counts[_worst(one)] += 1
            yield name, kind, counts


def _worst(one: Held) -> Severity | None:
    severities = {flag.severity for rule in RULES for flag in rule(one)}
    order: tuple[Severity, ...] = ("stop", "look")
    return next((each for each in order if each in severities), None)


def page(honest_number: int, model_number: int, plants: int) -> str:
    """The page of the docs."""
    lines = ["# False alarms, and what is noticed", "", _INTRODUCTION, "", *_FIRST_HEAD]
    for what, alarms in (
        ("invented studies of four kinds of assay", honest(honest_number)),
        ("model studies", model_studies(model_number)),
    ):
        rules = ", ".join(f"`{name}` {count}" for name, count in alarms.rules.items())
        lines.append(
            f"| {what} | {alarms.held} | {alarms.stops} | {alarms.looks} | {rules or 'none'} |"
        )
    lines += ["", *_SECOND_HEAD]
    for name, kind, counts in noticed(plants):
        numbers = " | ".join(str(counts[each]) for each in ("stop", "look", None))
        lines.append(f"| {name.replace('_', ' ')} | {kind} | {plants} | {numbers} |")
    return "\n".join(lines) + "\n"


_INTRODUCTION = """What the rules that hold a study against itself raise in studies that nobody
erred in, and in studies of 12 and 12 donors with one mistake each. Made by
`scripts/calibrate --only alarms`; the invented studies are those of `calibration/handed_in.py`,
which shares nothing with the simulator of the model study."""
_RULE = "|---|---|---|---|---|"
_RULE = "|---|---|---|---|---|"
_FIRST_HEAD = ("| honest studies | held | with a stop | with a look | by rule |", _RULE)
_SECOND_HEAD = ("| mistake | assay | studies | stop | look | nothing |", _RULE + "---|")
