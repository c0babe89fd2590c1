"""Plate maps for donors x conditions x replicates, in the order of wells in which the declared
questions suffer least from places on plates.
"""

from exvivo.plan.layout.effects import PositionEffects
from exvivo.plan.layout.files import planned_files, plates_yaml, taken, taken_study
from exvivo.plan.layout.laid import PlannedLayout
from exvivo.plan.layout.planned import planned_layout
from exvivo.plan.layout.shown import maps_of
from exvivo.plan.layout.wishes import Wishes
from exvivo.plan.layout.write import take_layout, write_layout

__all__ = [
    "PlannedLayout",
    "PositionEffects",
    "Wishes",
    "maps_of",
    "planned_files",
    "planned_layout",
    "plates_yaml",
    "take_layout",
    "taken",
    "taken_study",
    "write_layout",
]
