"""Bead arrays: events of a flow cytometer to bead populations, median reporters and
concentrations.
"""

from exvivo.quantify.beads.quantify import quantify_beads

__all__ = ["quantify_beads"]
