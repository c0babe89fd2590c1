"""What a planned study can find: its power, question by question and size by size, simulated with
the code that will answer it, and exact where a formula is.
"""

from exvivo.plan.power.grid import Axes, Point
from exvivo.plan.power.planned import STUDIES, Wishes
from exvivo.plan.power.power import planned_power, power_of

__all__ = ["STUDIES", "Axes", "Point", "Wishes", "planned_power", "power_of"]
