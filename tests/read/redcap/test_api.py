"""The API of REDCap through the real PyCap, against a server of this test; and the token, which no
file, message or error may show.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner

from exvivo.cli import main
from exvivo.errors import ReadError
from exvivo.read.redcap import api

TOKEN = "0123456789ABCDEF0123456789abcdef"
DICTIONARY = """field_name,form_name,field_type,field_label,identifier
record_id,base,text,Record,y
name,base,text,Näme,y
born,base,text,Born,y
note,base,descriptive,Read this,
vas,pain,text,VAS,
phone,contact,text,Telephone,y
"""
EVENTS = "event_name,arm_num,unique_event_name\nBase,1,base_arm_1\n"
DATA = "record_id,redcap_event_name,vas\n1,base_arm_1,7\n"
SETTINGS = {"is_longitudinal": 1, "missing_data_codes": "-99, Refused | UNK, Unknown"}


@dataclass
class Answers:
    """What the server answers, by the content that is asked for, and what it was asked."""

    status: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(
        default_factory=lambda: {
            "metadata": DICTIONARY,
            "event": EVENTS,
            "record": DATA,
            "project": json.dumps(SETTINGS),
        }
    )
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    address: str = ""

    def fields(self) -> list[str]:
        """The fields of the records that were asked for."""
        (query,) = [query for query in self.asked if query["content"] == ["record"]]
        return [value[0] for name, value in query.items() if name.startswith("fields[")]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    pytest.importorskip(
        "redcap.project", reason="PyCap is not installed: pip install 'exvivo[redcap]'"
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            query = parse_qs(self.rfile.read(size).decode())
            answers.asked.append(query)
            (content,) = query["content"]
            text = answers.texts[content]
            if content == "metadata" and query["format"] == ["json"]:
                names = [line.split(",")[0] for line in DICTIONARY.splitlines()[1:]]
                text = json.dumps([{"field_name": name} for name in names])
            self.send_response(answers.status.get(content, 200))
            if answers.status.get(content) == 307:
                self.send_header("Location", f"{answers.address}elsewhere/")
            self.send_header("Content-Type", "text/csv")  # without its encoding
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        answers.address = f"http://127.0.0.1:{http.server_address[1]}/api/"
        thread = Thread(target=http.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield answers
        http.shutdown()
        thread.join()


def test_a_project_as_files(server: Answers) -> None:
    fetched = api.fetch(server.address, TOKEN)
    assert fetched.files == {
        "dictionary.csv": DICTIONARY.encode(),
        "events.csv": EVENTS.encode(),
        "data.csv": DATA.encode(),
    }
    assert fetched.missing == {"-99": "Refused", "UNK": "Unknown"}
    (query,) = [query for query in server.asked if query["content"] == ["record"]]
    assert query["rawOrLabel"] == ["raw"]
    assert query["exportBlankForGrayFormStatus"] == ["True"]
    assert "exportSurveyFields" not in query


def test_fields_marked_identifier_stay_in_redcap(server: Answers) -> None:
    fetched = api.fetch(server.address, TOKEN)
    assert fetched.withheld == ("name", "born", "phone")
    assert server.fields() == ["record_id", "vas", "base_complete", "pain_complete"]


def test_a_field_that_is_read_is_asked_for(server: Answers) -> None:
    assert api.fetch(server.address, TOKEN, needed=["born"]).withheld == ("name", "phone")
    assert "born" in server.fields()


def test_a_field_that_is_not_there(server: Answers) -> None:
    with pytest.raises(ReadError, match="the field bron"):
        api.fetch(server.address, TOKEN, needed=["bron"])
    assert ["record"] not in [query["content"] for query in server.asked]


def test_a_project_without_events(server: Answers) -> None:
    server.texts["project"] = json.dumps({"is_longitudinal": 0})
    assert set(api.fetch(server.address, TOKEN).files) == {"dictionary.csv", "data.csv"}
    assert ["event"] not in [query["content"] for query in server.asked]


REFUSALS = [
    ("metadata", 403, f'{{"error":"You have no rights with {TOKEN.lower()}"}}', "(token)"),
    ("metadata", 200, f"ERROR: the token {TOKEN} is wrong", "RequestException"),
    ("metadata", 200, f"<html>{TOKEN}</html>", "<html>(token)</html>"),
    ("metadata", 307, "", "HTTP 307"),
    ("project", 200, f"not json {TOKEN}", "JSONDecodeError"),
    ("project", 200, f'["{TOKEN}"]', "another kind"),
    ("event", 500, TOKEN, "HTTP 500"),
    ("record", 200, f'{{"error":"{TOKEN}"}}', "no table"),
    ("record", 200, "", "an empty answer"),
    ("record", 200, "vas\n7\n", "records that begin with the column 'vas'"),
]


@pytest.mark.parametrize(("content", "status", "text", "found"), REFUSALS)
def test_a_refusal_is_said_without_the_token(
    server: Answers,
    caplog: pytest.LogCaptureFixture,
    content: str,
    status: int,
    text: str,
    found: str,
) -> None:
    server.texts[content] = text
    server.status[content] = status
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ReadError) as caught:
        api.fetch(server.address, TOKEN)
    assert found in str(caught.value)
    assert_hidden(caught.value, caplog)
    assert len(server.asked) <= 6


def assert_hidden(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """The token is in no message, log or chain of errors."""
    printed = "".join(traceback.format_exception(error)) + str(error) + repr(error) + caplog.text
    assert TOKEN.lower() not in printed.lower()
    assert error.__context__ is None
    assert error.__cause__ is None


def test_no_answer_is_said_without_the_token(
    server: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ReadError, match="ConnectionError") as caught:
        api.fetch("http://127.0.0.1:9/api/", TOKEN)
    assert_hidden(caught.value, caplog)


@pytest.mark.parametrize("token", ["", "  ", TOKEN[:-1], f"{TOKEN}0", "g" * 32])
def test_what_is_no_token_is_not_shown(token: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ReadError, match=r"EXVIVO_REDCAP_TOKEN") as caught:
        api.fetch("https://redcap.example.org/api/", token)
    assert not token.strip() or token not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://redcap.example.org/api/",
        "https://redcap.example.org/",
        "https://redcap.example.org/api/?token=" + TOKEN,
        "https://me:" + TOKEN + "@redcap.example.org/api/",
        "file:///api/",
    ],
)
def test_an_address_that_would_send_the_token_open(address: str) -> None:
    with pytest.raises(ReadError, match="the address of the API") as caught:
        api.checked_address(address)
    assert TOKEN not in str(caught.value)


def test_an_address_without_its_last_stroke() -> None:
    address = "https://redcap.example.org/redcap/api"
    assert api.checked_address(address) == f"{address}/"


def test_without_pycap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redcap", None)
    with pytest.raises(ReadError, match="PyCap, which speaks with REDCap, is not installed"):
        api.fetch("https://redcap.example.org/api/", TOKEN)


STUDY = """exvivo: 1
title: A study
groups: [{id: FM, name: patients}, {id: HC, name: controls}]
analytes: [{id: TNF}]
assays: []
plates: []
redcap:
  dictionary: clinic/fields.csv
  data: clinic/records.csv
  events: clinic/visits.csv
  group: vas
  groups: {1: FM, 2: HC}
  born: born
"""


def test_the_command_writes_files(
    server: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(api.TOKEN, TOKEN)
    command = ["fetch", str(tmp_path), "--address", server.address]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "redcap" / "data.csv").read_bytes() == DATA.encode()
    assert "-99: Refused, UNK: Unknown" in done.output
    assert "3 fields marked Identifier (name, born, phone)" in done.output
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 2
    assert CliRunner().invoke(main, [*command, "--replace"]).exit_code == 0
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) == 3
    assert not any(TOKEN.encode() in each for each in kept)
    assert TOKEN not in done.output + again.output


def test_the_command_takes_names_and_address_of_study_yaml(
    server: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(api.TOKEN, TOKEN)
    (tmp_path / "study.yaml").write_text(STUDY + f"  address: {server.address}\n")
    done = CliRunner().invoke(main, ["fetch", str(tmp_path), "--also", "phone", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {
        "files": ["clinic/fields.csv", "clinic/visits.csv", "clinic/records.csv"],
        "withheld": ["name"],
        "missing": {"-99": "Refused", "UNK": "Unknown"},
    }
    assert server.fields()[:4] == ["record_id", "born", "vas", "phone"]


@pytest.mark.parametrize("name", ["../fields.csv", "/tmp/fields.csv"])
def test_the_command_writes_nothing_outside(
    server: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(api.TOKEN, TOKEN)
    study = STUDY.replace("clinic/fields.csv", name) + f"  address: {server.address}\n"
    (tmp_path / "study.yaml").write_text(study)
    refused = CliRunner().invoke(main, ["fetch", str(tmp_path)])
    assert refused.exit_code == 2
    assert "name a file inside the study folder" in refused.output
    assert server.asked == []


def test_the_command_without_a_token(
    server: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(api.TOKEN, raising=False)
    refused = CliRunner().invoke(main, ["fetch", str(tmp_path), "--address", server.address])
    assert refused.exit_code == 2
    assert list(tmp_path.rglob("*")) == []
    assert server.asked == []
