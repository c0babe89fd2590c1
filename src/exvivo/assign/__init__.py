"""Readings + Study -> Wells: whose cells, which stimulus, dose, time, replicate, role."""

from exvivo.assign.wells import assign

__all__ = ["assign"]
