"""The figures of a report as files of their own: SVG, PNG and PDF, from what a run has drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, assert_never, get_args

from exvivo.tell.drawing.letters import check_letters
from exvivo.tell.drawn import DATA
from exvivo.tell.written import Written

Format = Literal["svg", "png", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)
_SCALE = 300 / 96
"""From the pixels of a page to 300 dots an inch."""


def write_figures(
    results: Path,
    formats: Sequence[Format],
    folder: Path,
    *,
    progress: Callable[[str], None],
) -> list[Path]:
    """Write every figure of `results` into `folder` in these formats, and return the files.

    A figure is taken as it was drawn; of results older than drawings, from its specification.
    `progress` is called before each. Nothing else in the folder is touched. Raises `StoreError`
    before any is written, where this machine has no font for a letter of theirs.
    """
    names = names_of(results)
    check_fonts(results, formats)
    folder.mkdir(exist_ok=True)
    files, written = Written(folder), []
    for count, name in enumerate(names, 1):
        progress(f"figure {count} of {len(names)}")
        svg = _svg(results / DATA, name)
        for kind in formats:
            written.append(files.bytes(f"{name}.{kind}", _converted(svg, kind)))
    return written


def names_of(results: Path) -> list[str]:
    """The figures of `results` by their names, in order."""
    specifications = (results / DATA).glob("*.vl.json")
    return sorted(path.name.removesuffix(".vl.json") for path in specifications)


def check_fonts(results: Path, formats: Sequence[Format]) -> None:
    """Raise `StoreError` where a figure of `results` has letters for which this machine has no font
    and which a format draws: PNG and PDF do, SVG leaves it to who shows it.
    """
    if set(formats) - {"svg"}:
        drawings = (_svg(results / DATA, name) for name in names_of(results))
        check_letters(drawings, "figures")


def figure_file(results: Path, name: str, kind: Format) -> bytes:
    """One figure of `results` in a format."""
    return _converted(_svg(results / DATA, name), kind)


def _svg(data: Path, name: str) -> str:
    """The drawing of a figure."""
    drawing = data / f"{name}.svg"
    if drawing.is_file():
        return drawing.read_text("utf-8")
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg((data / f"{name}.vl.json").read_text("utf-8"))
    return drawn


def _converted(svg: str, kind: Format) -> bytes:
    """A drawing in a format. The same drawing gives the same bytes."""
    import vl_convert

    match kind:
        case "svg":
            return svg.encode("utf-8")
        case "png":
            return bytes(vl_convert.svg_to_png(svg, scale=_SCALE))
        case "pdf":
            return bytes(vl_convert.svg_to_pdf(svg))
    assert_never(kind)
