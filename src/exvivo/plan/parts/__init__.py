"""Many virtual studies, a part at a time: in this process, in several, or on a cluster; what is
made is kept, and the numbers are the same whoever makes them.
"""

from exvivo.plan.parts.part import Part, Work
from exvivo.plan.parts.run import run_parts
from exvivo.plan.parts.standing import Progress, Standing, unwatched

__all__ = ["Part", "Progress", "Standing", "Work", "run_parts", "unwatched"]
