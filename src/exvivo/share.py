"""Results handed on: a folder made of the last run for a team, or for anybody, and searched for
what must not leave the study before it is put in its place.
"""

from __future__ import annotations
