"""What a reader must know of the marker panel of a question of identity: which of its genes do not
tell the references of this question apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exvivo.catalog import MarkerPanel, panel_named
from exvivo.findings import Finding
from exvivo.study import Identity, Study
from exvivo.words import listed


def panel_notes(question: object, answers: Sequence[Finding], study: Study) -> list[str]:
    """The genes of the panel that are doubtful against each reference, a line each; none for
    questions without a panel of the catalog.
    """
    if not isinstance(question, Identity):
        return []
    panel = panel_named(question.markers)
    cells = dict.fromkeys([question.like, *(finding.analyte for finding in answers)])
    return list(_doubts(panel, list(cells), study)) if panel else []


def _doubts(panel: MarkerPanel, cells: list[str], study: Study) -> Iterator[str]:
    """`Against macrophage: TREM2 and C1QA`, for each reference that some genes do not tell."""
    for cell in cells:
        genes = panel.doubtful_against(cell)
        if genes:
            yield f"Against {study.name_of(cell)}: {listed(genes)}"
