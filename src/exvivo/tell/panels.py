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
    """The genes of the panel that are doubtful against each reference, a line each, and the sources
    of the panel; none for questions without a panel of the catalog.
    """
    if not isinstance(question, Identity):
        return []
    panel = panel_named(question.markers)
    cells = dict.fromkeys([question.like, *(finding.analyte for finding in answers)])
    return [*_doubts(panel, list(cells), study), _sources(panel)] if panel else []


def _sources(panel: MarkerPanel) -> str:
    return f"Sources of the panel: {', '.join(f'doi {doi}' for doi in panel.sources)}"


def _doubts(panel: MarkerPanel, cells: list[str], study: Study) -> Iterator[str]:
    """`Doubtful against macrophage: TREM2`, for each reference that some genes do not tell."""
    for cell in cells:
        genes = panel.doubtful_against(cell)
        if genes:
            yield f"Doubtful against {study.name_of(cell)}: {listed(genes)}"
