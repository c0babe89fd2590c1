"""Luminex, ELISA and their like: the readings of a plate to concentrations."""

from exvivo.quantify.immunoassay.quantify import quantify_immunoassay

__all__ = ["quantify_immunoassay"]
