"""The same verbs for programs: JSON below /api/v1, described by its own schema
(/api/v1/openapi.json).
"""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.api import checks, decisions, files, plates, record, results, runs, studies
from exvivo.web.api.refused import REFUSED

_PARTS = (studies, checks, files, plates, results, decisions, runs, record)

router = APIRouter(prefix="/api/v1", responses=REFUSED)
for _part in _PARTS:
    router.include_router(_part.router)

__all__ = ["router"]
