"""The pages of the docs that the code itself writes: the public names, and the tables."""

from __future__ import annotations

import argparse
import inspect
import sys
import textwrap
from dataclasses import fields, is_dataclass
from pathlib import Path

import exvivo
from exvivo import tables

DOCS = Path(__file__).parents[1] / "docs"
MADE = "<!-- made by scripts/docs: edit the docstrings, not this page -->"


def api() -> str:
    """Every public name with its signature and docstring."""
    parts = ["# The public names", MADE, inspect.cleandoc(_fenced(exvivo.__doc__ or ""))]
    for name in exvivo.__all__:
        parts += [f"## `exvivo.{name}`", *_entry(getattr(exvivo, name))]
    return "\n\n".join(parts) + "\n"


def _entry(thing: object) -> list[str]:
    doc = inspect.cleandoc(inspect.getdoc(thing) or "")
    if inspect.isfunction(thing):
        signature = f"{thing.__name__}{inspect.signature(thing)}"
        return [f"```text\n{signature}\n```", doc]
    if isinstance(thing, type) and is_dataclass(thing):
        rows = [f"| `{f.name}` | `{f.type}` |" for f in fields(thing)]
        return [doc, "| field | type |\n|---|---|\n" + "\n".join(rows)]
    return [doc]


def _fenced(doc: str) -> str:
    """The indented examples of a module's docstring as blocks of code."""
    paragraphs = inspect.cleandoc(doc).split("\n\n")
    return "\n\n".join(
        f"```text\n{textwrap.dedent(text)}\n```" if text.startswith("    ") else text
        for text in paragraphs
    )


def tables_page() -> str:
    """Every table: what one row is, and its columns with type, unit and meaning."""
    parts = [
        "# The tables",
        MADE,
        "What the rooms hand to one another, and what `results/tables/` holds. Columns marked * may be "
        "empty. [How they follow from one another](architecture.md).",
    ]
    for table in tables.ALL:
        parts += [f"## {table.name}", f"One row: {table.row}.", _columns(table)]
    return "\n\n".join(parts) + "\n"


def _columns(table: tables.Table) -> str:
    rows = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for column in table.columns:
        star = "*" if column.optional else ""
        allowed = f" ({', '.join(column.allowed)})" if column.allowed else ""
        kind = str(column.dtype).split("(")[0]
        meaning = f"{column.meaning}{allowed}".replace("|", "\\|")
        rows.append(f"| `{column.name}`{star} | {kind} | {column.unit} | {meaning} |")
    return "\n".join(rows)


PAGES = {"api.md": api, "tables.md": tables_page}


def main() -> int:
    """Write the pages; with `--check`, exit code 1 where one is not as the code says."""
    parser = argparse.ArgumentParser(prog="scripts/docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    asked = parser.parse_args()
    old = []
    for name, made in PAGES.items():
        path, text = DOCS / name, made()
        if asked.check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            old.append(name)
        if not asked.check:
            path.write_text(text, encoding="utf-8")
    if old:
        print(f"not as the code says: {', '.join(old)}; run scripts/docs")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
