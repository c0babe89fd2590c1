"""From the raw instrument files of a study of patient-derived cells to claims that can be defended."""

__version__ = "0.1.0"
