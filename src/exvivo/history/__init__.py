"""What became of a study: its runs and decisions in order, what changed between any two, what was
locked, and how often growing numbers were looked at. Read from the rows of the record and the texts
they kept; nothing else is looked at.
"""

from exvivo.history.compared import compared
from exvivo.history.lines import history
from exvivo.history.locks import frozen, lock_states, locked
from exvivo.history.runs import PastRun, past_runs

__all__ = ["PastRun", "compared", "frozen", "history", "lock_states", "locked", "past_runs"]
