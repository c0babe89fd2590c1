"""Every table of a study held against every other: what the study says and the files do not hold,
and what two files hold twice. What is no fact is a mistake, and refused; facts that cannot both be
true are a flag.
"""

from exvivo.flagged import Flag, coded, with_acceptance
from exvivo.reconcile.colours import hard_to_see_colours
from exvivo.reconcile.copies import copied_files
from exvivo.reconcile.cycles import contradicted_cycles
from exvivo.reconcile.data_scale import scale_mistakes
from exvivo.reconcile.held import Held, Rule
from exvivo.reconcile.same_plate import plates_exported_twice
from exvivo.reconcile.targets import missing_targets

__all__ = [
    "RULES",
    "Held",
    "contradicted_cycles",
    "copied_files",
    "missing_targets",
    "plates_exported_twice",
    "questioned",
    "scale_mistakes",
]

RULES: tuple[Rule, ...] = (hard_to_see_colours,)
"""Every rule that holds a study against itself; a new one is a function and a line here."""


def questioned(held: Held) -> list[Flag]:
    """What the tables and files of a study leave in doubt, in the order of the rules. Flags that
    study.yaml accepts by name carry the reason.
    """
    raised = [flag for rule in RULES for flag in coded(rule(held), rule.__name__)]
    return with_acceptance(raised, {each.flag: each.reason for each in held.study.accept})
