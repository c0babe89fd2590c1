"""Dictionary, events and records of a REDCap project through its API, by PyCap (an extra).

Only what a study needs leaves REDCap: fields marked Identifier are not asked for, but for those
that the study reads (the record's id, the day of birth). Forms that were never opened are asked
for as blank instead of 0.

The token is the key of the project. It is taken from the environment, sent to one https address
that may not redirect, and stands in no file, message or error: what goes wrong within the library
is said again in our words, since the library's own errors hold the token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from exvivo.errors import Mistake, ReadError
from exvivo.read.redcap.dictionary import Dictionary, Field, read_dictionary
from exvivo.sources import Content
from exvivo.words import shortened

TOKEN = "EXVIVO_REDCAP_TOKEN"
"""The variable of the environment with the token."""
DICTIONARY, EVENTS, DATA = "dictionary.csv", "events.csv", "data.csv"
_SECONDS = 300
_TOKEN = re.compile(r"[0-9A-Fa-f]{32}")
_HOME = ("localhost", "127.0.0.1")
_LONGEST_ANSWER = 80

T = TypeVar("T")


@dataclass(frozen=True)
class Fetched:
    """The files of a project by their usual names, its missing-data codes, and the fields that
    were not asked for because they are marked Identifier.
    """

    files: Mapping[str, bytes]
    missing: Mapping[str, str] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()


def fetch(address: str, token: str, *, needed: Collection[str] = ()) -> Fetched:
    """A project as its API gives it. `needed` are fields that are read though they are marked
    Identifier.

    Raises `ReadError` where PyCap is not installed, address or token cannot be one, and where
    REDCap gives no answer or refuses.
    """
    api = Api(checked_address(address), checked_token(token))
    dictionary = api.csv("the data dictionary", "export_metadata")
    codebook = read_dictionary(Content.of(dictionary, DICTIONARY))
    settings = api.settings()
    files = {DICTIONARY: dictionary}
    if str(settings.get("is_longitudinal", "")) == "1":
        files[EVENTS] = api.csv("the list of events", "export_events")
    if unknown := sorted(set(needed) - set(codebook.by_name)):
        cure = "correct it in study.yaml, or the option --also"
        found = f"the field {shortened(unknown)}"
        raise ReadError(Mistake(address, found, "a field of the data dictionary", cure))
    asked, withheld = _asked_fields(codebook, needed)
    files[DATA] = api.csv(
        "the records",
        "export_records",
        fields=asked,
        raw_or_label="raw",
        event_name="unique",
        export_blank_for_gray_form_status=True,
    )
    _check_records(files[DATA], codebook.record.name, address)
    codes = _codes(str(settings.get("missing_data_codes") or ""))
    return Fetched(files, dict(codes), withheld)


def checked_address(address: str) -> str:
    """The address of an API, whole. Raises `ReadError` for one that would send the token open."""
    parts = urlsplit(address.strip())
    path = parts.path.rstrip("/") + "/"
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HOME)
    if not safe or not path.endswith("/api/") or parts.query or parts.username:
        raise ReadError(
            Mistake(
                "the address of the API",
                f"'{_without_name(address)}'",
                "an address as https://redcap.example.org/api/",
                "copy it from the page API of your project in REDCap",
            )
        )
    return f"{parts.scheme}://{parts.netloc}{path}"


def _without_name(address: str) -> str:
    """An address without a name and a password that may stand in it, and without its query."""
    return re.sub(r"//[^/@]*@", "//", address.strip()).partition("?")[0]


def checked_token(token: str) -> str:
    """The token. Raises `ReadError`, without it, where it cannot be one."""
    token = token.strip()
    if not _TOKEN.fullmatch(token):
        found = f"a text of {len(token)} signs that is no token" if token else "nothing"
        raise ReadError(
            Mistake(
                f"the variable {TOKEN} of the environment",
                found,
                "the token of the project: 32 digits and letters a to f",
                "copy it from the page API of your project in REDCap into this variable, and into "
                "no file",
            )
        )
    return token


class Api:
    """The API of one project: whatever fails is a `ReadError` without the token."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._token = token
        self._project = self._guarded("the project", lambda: self._opened(token))

    def _opened(self, token: str) -> Any:
        from redcap import Project

        hooks = {"response": _whole}
        return Project(self._address, token, timeout=_SECONDS, allow_redirects=False, hooks=hooks)

    def asked(self, what: str, method: str, **options: Any) -> Any:
        """What a method of the library gives."""
        return self._guarded(what, lambda: getattr(self._project, method)(**options))

    def csv(self, what: str, method: str, **options: Any) -> bytes:
        """A table, as the bytes of a file."""
        text = str(self.asked(what, method, format_type="csv", **options))
        if not text.strip() or text.lstrip()[0] in "<{":
            raise self._refused(what, f"no table but {self._harmless(text)}")
        return text.encode()

    def settings(self) -> Mapping[str, Any]:
        """The settings of the project."""
        what = "the settings of the project"
        settings = self.asked(what, "export_project_info", format_type="json")
        if not isinstance(settings, Mapping):
            raise self._refused(what, "an answer of another kind")
        return settings

    def _guarded(self, what: str, call: Callable[[], T]) -> T:
        """The result of a call. An error of the library may hold the token, in its text and in the
        request that it carries: it is dropped whole.
        """
        refused: ReadError
        try:
            return call()
        except ImportError:  # also where only a folder is called redcap
            refused = _not_installed()
        except Exception as error:
            refused = self._refused(what, self._named(error))
        raise refused

    def _refused(self, what: str, found: str) -> ReadError:
        return ReadError(
            Mistake(
                self._address,
                f"asked for {what}: {found}",
                f"{what} as a table",
                "check the address, the rights of the token (API export, full data set), and "
                "whether you reach REDCap from here",
            )
        )

    def _named(self, error: Exception) -> str:
        kind = "" if isinstance(error, _Refusal) else f"{type(error).__name__} "
        return f"{kind}{self._harmless(str(error))}"

    def _harmless(self, text: str) -> str:
        """The beginning of a text in one line, without the token."""
        clean = re.sub(re.escape(self._token), "(token)", text, flags=re.IGNORECASE)
        clean = " ".join(clean.split())
        return f"'{clean[:_LONGEST_ANSWER]}'" if clean else "an empty answer"


class _Refusal(Exception):
    """An answer that is none."""


def _whole(response: Any, *_: Any, **__: Any) -> None:
    """Takes an answer as UTF-8, as REDCap writes; raises for one that is a refusal or redirects."""
    response.encoding = "utf-8"
    if response.status_code != 200:
        raise _Refusal(f"HTTP {response.status_code} {response.reason} {response.text}")


def _not_installed() -> ReadError:
    return ReadError(
        Mistake(
            "exvivo fetch",
            "PyCap, which speaks with REDCap, is not installed",
            "exvivo with its extra `redcap`",
            "pip install 'exvivo[redcap]', or download the files in REDCap yourself",
        )
    )


def _asked_fields(
    codebook: Dictionary, needed: Collection[str]
) -> tuple[list[str], tuple[str, ...]]:
    """The fields to ask for, with the status of each form; and those that are left in REDCap."""
    known = {codebook.record.name, *needed}
    answers = [each for each in codebook.fields if each.kind != "descriptive"]
    withheld = tuple(each.name for each in answers if each.is_identifier and each.name not in known)
    asked = [each.name for each in answers if each.name not in withheld]
    return [*asked, *(f"{form}_complete" for form in _forms(answers, asked))], withheld


def _forms(answers: list[Field], asked: Collection[str]) -> Iterator[str]:
    """The forms of which a field is asked for."""
    yield from dict.fromkeys(each.form for each in answers if each.name in asked)


def _check_records(raw: bytes, record: str, address: str) -> None:
    """Raises `ReadError` where the first column is not the record's id."""
    first = raw.decode("utf-8-sig").splitlines()[0].split(",")[0].strip('"')
    if first != record:
        raise ReadError(
            Mistake(
                address,
                f"records that begin with the column '{first[:_LONGEST_ANSWER]}'",
                f"the record's id, {record}, first",
                "check the rights of the token: API export with the full data set",
            )
        )


def _codes(text: str) -> Iterator[tuple[str, str]]:
    """Codes and labels of `-99, Refused | UNK, Unknown`."""
    for part in re.split(r"[|\n]", text):
        code, _, label = part.partition(",")
        if code.strip():
            yield code.strip(), label.strip()
