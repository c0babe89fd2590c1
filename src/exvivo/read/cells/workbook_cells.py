"""Former names of what stands in `cell`; to be removed with their last use."""

from exvivo.read.cells.cell import Cell, OddCell

__all__ = ["Cell", "OddCell"]
