"""REDCap's branching logic and calculations: read into steps, evaluated over rows of an export.

What the documentation of REDCap does not settle is not guessed. A logic with a function, a smart
variable or a form that is not evaluated gives `NotEvaluated` with its reason. A row whose values do
not decide gives None (not known): it never makes a mistake.

::

    logic = parse("[sex] = '0' and [age] >= 18")
    columns = {field: texts_of(field) for field in logic.fields}
    visible(logic, columns, rows)        True shown, False hidden, None not known; row by row
"""

from exvivo.read.redcap.logic.evaluate import Calculated, calculated, visible
from exvivo.read.redcap.logic.parse import parse
from exvivo.read.redcap.logic.steps import Field, Logic, NotEvaluated

__all__ = ["Calculated", "Field", "Logic", "NotEvaluated", "calculated", "parse", "visible"]
