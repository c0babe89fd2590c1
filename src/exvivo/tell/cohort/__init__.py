"""The first table of a paper: who the people of each group are. It takes its numbers from the
declared kinds of columns and from the clinic, and holds nothing of a single person.
"""

from exvivo.tell.cohort.records import Cohort
from exvivo.tell.cohort.rows import cohort_of
from exvivo.tell.cohort.shown import FILE, Shown, csv_frame, shown

__all__ = ["FILE", "Cohort", "Shown", "cohort_of", "csv_frame", "shown"]
