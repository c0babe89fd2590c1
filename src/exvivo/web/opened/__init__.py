"""What a draft leaves open, as forms: each shows what is proposed, writes the answer to the files
of the study, and takes its question away.
"""

from __future__ import annotations

from collections.abc import Mapping

from exvivo.study.open_records import OpenKey
from exvivo.web.opened import of_assays, of_study
from exvivo.web.opened.answer import Answer, Draft, Form, Typed, draft_of, save_answer

__all__ = ["FORMS", "Answer", "Draft", "Form", "Typed", "draft_of", "save_answer"]

FORMS: Mapping[OpenKey, Form] = {
    "": of_study.OTHER,
    "title": of_study.TITLE,
    "cells": of_study.CELLS,
    "groups": of_study.GROUPS,
    "donors": of_study.DONORS,
    "control": of_study.CONTROL,
    "names": of_assays.NAMES,
    "references": of_assays.REFERENCES,
    "layout": of_assays.LAYOUT,
    "amounts": of_assays.AMOUNTS,
    "units": of_assays.UNITS_OF,
    "standards": of_assays.STANDARDS,
    "dilutions": of_assays.DILUTIONS,
    "beads": of_assays.BEADS,
    "analyte": of_assays.ANALYTE,
    "scales": of_study.SCALES,
    "redcap": of_study.OTHER,
}
"""The form of each kind of open question."""
