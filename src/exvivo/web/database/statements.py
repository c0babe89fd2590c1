"""Statements as they are written here, for two servers: SQLite takes them as they are, Postgres
writes its parameters otherwise.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

_PARAMETER = re.compile(r"(?<!:):([a-z_]+)\b")
_QUOTED = re.compile(r"('(?:[^']|'')*')")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_NUMBERED = re.compile(r"\d{4}\.sql")


@lru_cache(maxsize=512)
def for_postgres(statement: str) -> str:
    """A statement with each `:name` as psycopg reads it; what is quoted stays.

    >>> for_postgres("SELECT id FROM users WHERE name = :name AND created LIKE '20%:x'")
    "SELECT id FROM users WHERE name = %(name)s AND created LIKE '20%%:x'"
    """
    pieces = _QUOTED.split(statement.replace("%", "%%"))
    return "".join(_with_parameters(piece) for piece in pieces)


def _with_parameters(piece: str) -> str:
    return piece if piece.startswith("'") else _PARAMETER.sub(r"%(\1)s", piece)


def numbered() -> dict[int, tuple[str, ...]]:
    """The statements of each migration by its number, as they stand in `sql/`."""
    folder = files(__package__) / "sql"
    named = sorted(each.name for each in folder.iterdir() if _NUMBERED.fullmatch(each.name))
    return {int(name[:4]): separate((folder / name).read_text("utf-8")) for name in named}


def separate(text: str) -> tuple[str, ...]:
    r"""The statements of a file, one by one, without its comments.

    >>> separate("-- why; because\nCREATE TABLE a (b TEXT);\nDROP TABLE c;")
    ('CREATE TABLE a (b TEXT)', 'DROP TABLE c')
    """
    pieces = _COMMENT.sub("", text).split(";")
    return tuple(piece.strip() for piece in pieces if piece.strip())
