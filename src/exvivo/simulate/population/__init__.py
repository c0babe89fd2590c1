"""The data model of any planned study: people with correlated levels, responses and scores, their
cultures, plates and wells, drawn many studies at once.
"""

from exvivo.simulate.population.build import data_model
from exvivo.simulate.population.draw import Drawn, draw
from exvivo.simulate.population.model import Changes, DataModel, Series, Source
from exvivo.simulate.population.tables import Tables
from exvivo.simulate.population.truths import Truths, contrast_of, truths

__all__ = [
    "Changes",
    "DataModel",
    "Drawn",
    "Series",
    "Source",
    "Tables",
    "Truths",
    "contrast_of",
    "data_model",
    "draw",
    "truths",
]
