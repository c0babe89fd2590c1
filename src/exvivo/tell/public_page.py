"""What is handed to anybody: the page with its key messages in plain words, the summaries in each
language, the figures with their data, and the tables.

What may be told of a study goes in (`tell.share.public`), files come out.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path

import polars as pl

from exvivo.csv_text import csv_text
from exvivo.tell.article.files import in_plain_words, write_summaries
from exvivo.tell.drawn import DATA, write_figure
from exvivo.tell.methods import methods
from exvivo.tell.page import rendered
from exvivo.tell.provenance import Provenance
from exvivo.tell.share.people import HIDDEN, people_table
from exvivo.tell.share.public import Public, Row, k_words
from exvivo.tell.simulated import truth_words
from exvivo.tell.terminal import tally_words
from exvivo.tell.written import Written


def public_page(public: Public) -> str:
    """The page that may be handed to anybody."""
    study = public.undated
    told = replace(public.tables, findings=tuple(public.shown))
    provenance = Provenance(version=public.version, study_hash=public.study_hash)
    return rendered(
        "public.html",
        study=study,
        truth=truth_words(study),
        version=public.version,
        study_hash=public.study_hash,
        smallest=public.smallest,
        hidden_sign=HIDDEN,
        blocks=public.blocks,
        rows=public.shown,
        tally=tally_words(public.shown),
        plain=in_plain_words(public),
        people=people_table(public.people),
        k_words=k_words(public.singled_out[-1]),
        methods=methods(study, told, provenance),
        not_here=public.not_here,
    )


def write_public(public: Public, folder: Path) -> None:
    """Write the page, the data behind its figures, its tables and the summaries into an empty
    folder.
    """
    study = public.study
    (folder / DATA).mkdir(parents=True)
    (folder / "tables").mkdir()
    written = Written(folder)
    for block in public.blocks:
        if block.figure:
            write_figure(block.figure, written, simulated=study.simulated)
    for name, frame in _frames(public).items():
        written.text(f"tables/{name}.csv", csv_text(frame, simulated=study.simulated))
    written.text("report.html", public_page(public))
    write_summaries(public, written, handed_on=True)
    written.text("share.json", json.dumps(_facts(public), ensure_ascii=False, indent=1) + "\n")


def _frames(public: Public) -> dict[str, pl.DataFrame]:
    """The tables: answers as they are printed, people, and what is left out."""
    rows = [asdict(row) | {"cautions": " ".join(row.cautions)} for row in _rows(public)]
    table = people_table(public.people)
    people = pl.DataFrame(table.rows, schema=list(table.heads), orient="row")
    not_here = [asdict(each) for each in public.not_here]
    frames = {"people": people, "not_here": pl.DataFrame(not_here)}
    return ({"answers": pl.DataFrame(rows).drop("mark")} if rows else {}) | frames


def _rows(public: Public) -> list[Row]:
    return list(chain.from_iterable(block.rows for block in public.blocks))


def _facts(public: Public) -> dict[str, object]:
    """What a program wants to know of the folder."""
    last = public.singled_out[-1]
    return {
        "for": "public",
        "exvivo": public.version,
        "study": public.study_hash,
        "simulated": public.study.simulated,
        "smallest": public.smallest,
        "k": last.k,
        "people": last.people,
    }
