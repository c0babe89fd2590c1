"""A text that people wrote, held against the last run of a study: read safely, checked by the
rules of `claims`, with the words of `tell`.

In: a file, its bytes, or a text that was pasted; and the folder of a study. Out: `Claimed`. Nothing
of the study is changed, and nothing is computed anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.bounds import MIB
from exvivo.errors import Mistake, StudyError
from exvivo.words import listed

if TYPE_CHECKING:
    from exvivo.claim_records import CheckedText
    from exvivo.tell.claims import ShownText

LARGEST_TEXT = MIB
"""Bytes of a text: a paper of a hundred pages has a third of that."""
ENDINGS = (".md", ".markdown", ".txt", ".text", ".html", ".htm")
"""What a file of text may be called; a pasted text is called `.txt`."""
_AS_TEXT = "open it, save it as plain text (.txt, UTF-8), and check that file"
_NO_TEXT = (
    (b"PK\x03\x04", "a Word or other packed document", f"{_AS_TEXT}: Save as, Plain text in Word"),
    (b"\xd0\xcf\x11\xe0", "an old Word document", f"{_AS_TEXT}: Save as, Plain text in Word"),
    (b"%PDF", "a PDF", "copy its text into a file of plain text (.txt, UTF-8), and check that"),
    (b"{\\rtf", "a document of rich text (RTF)", _AS_TEXT),
    (b"\xff\xfe", "text in UTF-16", "save it as UTF-8: editors ask for the encoding at Save as"),
    (b"\xfe\xff", "text in UTF-16", "save it as UTF-8: editors ask for the encoding at Save as"),
)
"""What files begin with that are no text as it is read here, what they are, and what to do."""


@dataclass(frozen=True)
class Claimed:
    """A checked text: its sentences as records (`checked`), the same with their words and the
    answers beside them (`shown`), and the run whose answers those are.
    """

    checked: CheckedText
    shown: ShownText
    recorded: str
    version: str

    @property
    def is_stronger(self) -> bool:
        """Whether a sentence says more than its answer."""
        return bool(self.checked.stronger)


def check_file(file: Path, folder: Path) -> Claimed:
    """A file of text held against the last run of a study folder. Raises `StudyError` for a file
    that is no text, too large or not in English, `StoreError` where the folder has no run under its
    names whose tables are as they were written, and `OSError` where the file cannot be read.
    """
    if file.is_dir():
        cure = "name the file that holds the text"
        raise StudyError(Mistake(str(file), "a folder", "a file of text", cure))
    with file.open("rb") as handle:
        content = handle.read(LARGEST_TEXT + 1)
    return check_bytes(content, folder, name=file.name)


def check_bytes(content: bytes, folder: Path, *, name: str) -> Claimed:
    """The content of a file held against the last run; `name` is the file's. Raises as
    `check_file` does.
    """
    return check_text(_text(content, name), folder, name=name)


def check_text(text: str, folder: Path, *, name: str) -> Claimed:
    """A text held against the last run; `name` says by its ending what its marks are (.md, .txt,
    .html). Raises as `check_file` does.
    """
    from exvivo.claims import check
    from exvivo.share import last_run
    from exvivo.tell.claims import shown_text
    from exvivo.tell.tables import shown_of

    _refuse_text(text, name)
    last = last_run(folder)
    shown = shown_of(last.tables["findings"])
    checked = check(text, last.study, [each.finding for each in shown], name=name)
    words = shown_text(checked, last.study, shown)
    return Claimed(checked, words, last.run.recorded, last.run.version)


def _text(content: bytes, name: str) -> str:
    """The text of a file. Raises `StudyError` where it is none."""
    if len(content) > LARGEST_TEXT:
        raise _too_large(name)
    for sign, what, cure in _NO_TEXT:
        if content.startswith(sign):
            raise StudyError(Mistake(name, what, "plain text in UTF-8", cure))
    if Path(name).suffix.lower() not in ENDINGS:
        raise StudyError(_other_ending(name))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(_other_letters(content, error, name)) from None


def _too_large(name: str) -> StudyError:
    finding = f"more than {LARGEST_TEXT // MIB} MB"
    cure = "check its parts one by one, without what is no text (pictures, tables)"
    return StudyError(Mistake(name, finding, "an abstract, a press release or a page", cure))


def _other_ending(name: str) -> Mistake:
    endings = listed(ENDINGS, last="or")
    return Mistake(
        name, f"the ending {Path(name).suffix or 'of no kind'}", f"one of {endings}", _AS_TEXT
    )


def _other_letters(content: bytes, error: UnicodeDecodeError, name: str) -> Mistake:
    line = content.count(b"\n", 0, error.start) + 1
    finding = f"a byte that is no letter of UTF-8 ({content[error.start]:#04x})"
    cure = "save it as UTF-8: editors ask for the encoding at Save as"
    return Mistake(f"{name}:{line}", finding, "text in UTF-8", cure)


def _refuse_text(text: str, name: str) -> None:
    """Raise `StudyError` for a text that cannot be checked."""
    from exvivo.claims import is_english

    if len(text.encode("utf-8", "replace")) > LARGEST_TEXT:
        raise _too_large(name)
    if "\0" in text:
        finding = "a sign that no text has (NUL)"
        raise StudyError(Mistake(name, finding, "plain text in UTF-8", _AS_TEXT))
    if not text.strip():
        raise StudyError(Mistake(name, "nothing", "a text", "write or paste the text to check"))
    if not is_english(text):
        expected = "a text in English: the rules and lists of words are English"
        cure = "check its English version; nothing is known of this one, neither good nor bad"
        raise StudyError(Mistake(name, "a text in another language", expected, cure))
