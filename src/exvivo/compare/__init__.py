"""From Quantities to one Response per donor, and from Responses to the answer of every declared
question.
"""

from exvivo.compare.answers import compare
from exvivo.compare.asks import ASKS
from exvivo.compare.calibrated.kept import FILE, Kept
from exvivo.compare.judge.withhold import touched
from exvivo.compare.responses import responses

__all__ = ["ASKS", "FILE", "Kept", "compare", "responses", "touched"]
