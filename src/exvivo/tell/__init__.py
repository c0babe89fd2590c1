"""Findings told to people: the report, its plain-language summary, the terminal and the
notebook.
"""

from exvivo.tell.notebook import findings_html
from exvivo.tell.provenance import Provenance
from exvivo.tell.report import report
from exvivo.tell.summary import summary
from exvivo.tell.terminal import terminal

__all__ = ["Provenance", "findings_html", "report", "summary", "terminal"]
