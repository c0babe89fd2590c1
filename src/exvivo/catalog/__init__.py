"""What the field already agrees on, as data: names of analytes, beads of kits, marker genes,
reference genes. Studies may override all of it.
"""

from exvivo.catalog import spelling
from exvivo.catalog.analytes import Entry, analytes, known_as
from exvivo.catalog.kits import Kit, kit_named, kits
from exvivo.catalog.markers import MarkerPanel, panel_named, panels
from exvivo.catalog.priors import prior_differences, prior_numbers
from exvivo.catalog.reference_genes import usual_reference

__all__ = [
    "Entry",
    "Kit",
    "MarkerPanel",
    "analytes",
    "kit_named",
    "kits",
    "known_as",
    "panel_named",
    "panels",
    "prior_differences",
    "prior_numbers",
    "spelling",
    "usual_reference",
]
