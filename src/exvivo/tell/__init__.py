"""Findings in words for people: the report, the summary in plain words, the terminal and the
notebook.
"""

from exvivo.tell.export import findings_rows
from exvivo.tell.notebook import findings_html
from exvivo.tell.provenance import Provenance
from exvivo.tell.put_back import PutBacks, now_and_then
from exvivo.tell.report import report
from exvivo.tell.tables import Shown, Tables, shown_of
from exvivo.tell.terminal import terminal
from exvivo.tell.who import Roll
from exvivo.tell.worded import worded

__all__ = [
    "Provenance",
    "PutBacks",
    "Roll",
    "Shown",
    "Tables",
    "findings_html",
    "findings_rows",
    "now_and_then",
    "report",
    "shown_of",
    "terminal",
    "worded",
]
