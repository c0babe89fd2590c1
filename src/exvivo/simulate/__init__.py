"""Virtual studies with a known truth: the model study, in memory or as a study folder with real
vendor files.
"""

from exvivo.simulate.frames import clinic, wells
from exvivo.simulate.model import VirtualStudy, model_study
from exvivo.simulate.parameters import AnalyteTruth, ModelStudy, ScaleTruth
from exvivo.simulate.template import template
from exvivo.simulate.truth import Truth
from exvivo.simulate.write import write

__all__ = [
    "AnalyteTruth",
    "ModelStudy",
    "ScaleTruth",
    "Truth",
    "VirtualStudy",
    "clinic",
    "model_study",
    "template",
    "wells",
    "write",
]
