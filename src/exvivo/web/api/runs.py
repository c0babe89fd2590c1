"""Runs: started, watched and cancelled."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["runs"])
