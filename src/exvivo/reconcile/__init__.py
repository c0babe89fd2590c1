"""Every table of a study held against every other: what the study says and the files do not hold,
and what two files hold twice.
"""

from exvivo.reconcile.blank_cells import blank_cell_mistakes
from exvivo.reconcile.copies import copied_files
from exvivo.reconcile.cycles import contradicted_cycles
from exvivo.reconcile.data_scale import scale_mistakes
from exvivo.reconcile.same_plate import plates_exported_twice
from exvivo.reconcile.targets import missing_targets
from exvivo.reconcile.visits import clinic_visit_mistakes, visits_spelled_twice

__all__ = [
    "blank_cell_mistakes",
    "clinic_visit_mistakes",
    "contradicted_cycles",
    "copied_files",
    "missing_targets",
    "plates_exported_twice",
    "scale_mistakes",
    "visits_spelled_twice",
]
