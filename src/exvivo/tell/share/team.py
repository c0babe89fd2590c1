"""The folder for a team: the laboratory's results with their pseudonyms, where the paths of files
and the names that somebody typed at an instrument are replaced by codes.

A file is coded by its place in the list of inputs (`file-007.rdml`), a sample by its place among
those whose names hold a word that the study does not know (`sample-012`): `FM01 ATP` stays,
`Maria ATP` does not. The same name has the same code in every file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from exvivo.csv_text import csv_text
from exvivo.study import Study
from exvivo.tell.share.search import Persons, Words, can_be_searched, composed, vocabulary, words_of

_LEFT_OUT = ("vendor",)
"""Tables that hold what an instrument's software wrote, as it wrote it."""
_OTHER_WORDS = ("sample", "well", "replicate", "rep", "unstimulated", "stimulated")
_CURVES = ("x", "y")
_BEGINS, _ENDS = r"(?<![^\W_])", r"(?![^\W_])"


@dataclass(frozen=True)
class Codes:
    """Names of files and samples, each with its code. `in_column` are samples whose names are also
    numbers or wells: they have a code in the column of samples alone, since elsewhere the same
    signs may be a number.
    """

    of: Mapping[str, str]
    in_column: Mapping[str, str]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        ways = {way for name in self.of for way in _ways(name)}
        every = "|".join(map(re.escape, sorted(ways, key=lambda way: (-len(way), way))))
        return re.compile(f"{_BEGINS}(?:{every}){_ENDS}")

    @cached_property
    def _of_ways(self) -> dict[str, str]:
        return {way: code for name, code in self.of.items() for way in _ways(name)}

    def coded(self, text: str) -> str:
        """A text with codes in the place of names, as they stand, in markup and in JSON."""
        if not self.of:
            return text
        return self._pattern.sub(lambda match: self._of_ways[match[0]], text)

    def table(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A table with codes in the place of names."""
        changed = [self._column(frame[name]) for name in frame.columns if _has_text(frame[name])]
        return frame.with_columns(changed)

    def _column(self, column: pl.Series) -> pl.Series:
        if column.dtype == pl.String:
            if column.name == "sample":
                column = column.replace(self.in_column) if self.in_column else column
            different = column.drop_nulls().unique().to_list()
            codes = {text: self.coded(text) for text in different}
            return column.replace(codes) if codes else column
        values = [_everywhere(value, self.coded) for value in column.to_list()]
        return pl.Series(column.name, values, dtype=column.dtype)

    def persons(self) -> Persons:
        """What must not stand in a coded folder."""
        return Persons({words_of(name): name for name in self.of}, frozenset())


def _ways(name: str) -> Iterator[str]:
    """How a name is written: as it is, in markup, and in the text of a JSON."""
    for way in (name, json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1]):
        yield from (
            way,
            escape(way),
            escape(way).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        )


def _has_text(column: pl.Series) -> bool:
    return column.dtype == pl.String or "String" in str(column.dtype)


def _everywhere(value: Any, code: Callable[[str], str]) -> Any:
    """A nested value with every text in it coded."""
    match value:
        case str():
            return code(value)
        case list():
            return [_everywhere(each, code) for each in value]
        case dict():
            return {name: _everywhere(each, code) for name, each in value.items()}
        case _:
            return value


def codes_of(study: Study, wells: pl.DataFrame, inputs: Iterable[str]) -> Codes:
    """The codes of the files and samples of a study."""
    samples, words = _of_samples(study, wells), vocabulary(study)
    clear = {name: code for name, code in samples.items() if can_be_searched(name, words)}
    rest = {name: code for name, code in samples.items() if name not in clear}
    return Codes({**_of_files(inputs), **clear}, rest)


def _of_files(inputs: Iterable[str]) -> dict[str, str]:
    """The codes of files that lie in folders of the study, or outside it; by their whole path and
    by their name, where only one file has that name.
    """
    codes: dict[str, str] = {}
    paths = [PurePosixPath(path) for path in inputs]
    names = [path.name for path in paths]
    for number, path in enumerate(paths, 1):
        if len(path.parts) > 1:
            code = f"file-{number:03}{path.suffix}"
            codes[str(path)] = code
            if names.count(path.name) == 1:
                codes[path.name] = code
    return codes


def _of_samples(study: Study, wells: pl.DataFrame) -> dict[str, str]:
    """The codes of the samples of donors whose names hold a word that the study does not know."""
    own = wells.filter(pl.col("donor").is_not_null())["sample"].drop_nulls()
    known = {*vocabulary(study), *_own_words(study), *((word,) for word in _OTHER_WORDS)}
    typed = [name for name in sorted(own.unique()) if not composed(name, frozenset(known))]
    return {name: f"sample-{number:03}" for number, name in enumerate(typed, 1)}


def _own_words(study: Study) -> Iterator[Words]:
    """The words of donors, cultures, visits and conditions, which a team may see."""
    for frame in (study.donors, study.cultures, study.layout):
        for column in ("donor", "culture", "visit", "stimulus", "cell_type", "dose", "time"):
            if column in frame.columns:
                yield from map(words_of, frame[column].drop_nulls().unique())


def write_team(results: Path, codes: Codes, folder: Path, *, simulated: bool) -> None:
    """Write the results of a run with codes into an empty folder."""
    for path in sorted(path for path in results.rglob("*") if path.is_file()):
        place = folder / path.relative_to(results)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            if path.stem not in _LEFT_OUT:
                _write_table(path, codes, place, simulated)
        elif path.parent.name != "tables":
            text = codes.coded(path.read_text("utf-8", "replace"))
            place.write_text(text, encoding="utf-8", newline="\n")
    facts = {"for": "team", "names with a code": len({*codes.of.values(), *codes.in_column})}
    (folder / "share.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _write_table(path: Path, codes: Codes, place: Path, simulated: bool) -> None:
    """A table with codes: whole for programs, and without its curves for people."""
    frame, buffer = codes.table(pl.read_parquet(BytesIO(path.read_bytes()))), BytesIO()
    told = {"exvivo:simulated": str(simulated).lower()}
    frame.write_parquet(buffer, compression="zstd", compression_level=1, metadata=told)
    place.write_bytes(buffer.getvalue())
    flat = frame.drop(name for name in _CURVES if name in frame.columns)
    text = csv_text(flat, simulated=simulated)
    place.with_suffix(".csv").write_text(text, encoding="utf-8", newline="\n")
