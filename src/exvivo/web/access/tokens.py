"""Secrets that a browser or a link carries. The door keeps their hashes only: who reads its
database, or a backup of it, can sign in as nobody.
"""

from __future__ import annotations

import hashlib
import secrets

LONGEST = 200
"""Signs of a text that could be a secret of ours; longer ones are not even hashed."""


def new_token() -> str:
    """A secret of 256 bits that can stand in an address."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """An id that tells nothing."""
    return secrets.token_hex(8)


def hashed(token: str) -> str:
    """What the door keeps of a secret; of a text that cannot be one, what no secret has."""
    if not token or len(token) > LONGEST:
        return "none"
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
