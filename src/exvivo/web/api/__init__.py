"""The same verbs for programs: JSON below /api/v1, described by its own schema
(/api/v1/openapi.json).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from exvivo.web.api import checks, decisions, edits, files, plates, record, results, runs, studies
from exvivo.web.api.refused import REFUSED
from exvivo.web.visitor import Visitor, needs

_PARTS = (studies, checks, files, edits, plates, results, decisions, runs, record)

router = APIRouter(prefix="/api/v1", responses=REFUSED)
for _part in _PARTS:
    router.include_router(_part.router)


@router.get("/openapi.json", include_in_schema=False)
def schema(request: Request, visitor: Visitor = needs(None)) -> dict[str, Any]:
    """The schema of the API (OpenAPI)."""
    described: dict[str, Any] = request.app.openapi()
    return described


__all__ = ["router"]
