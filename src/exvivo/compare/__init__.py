"""From Quantities to one Response per donor, and from Responses to the answer of every declared
question.
"""

from exvivo.compare.answers import compare
from exvivo.compare.asks import ASKS
from exvivo.compare.calibrated.kept import FILE, Kept
from exvivo.compare.evidence import family_of
from exvivo.compare.judge.with_and_without import PutBack, changed, with_and_without
from exvivo.compare.judge.withhold import touched
from exvivo.compare.responses import responses

__all__ = [
    "ASKS",
    "FILE",
    "Kept",
    "PutBack",
    "changed",
    "compare",
    "family_of",
    "responses",
    "touched",
    "with_and_without",
]
