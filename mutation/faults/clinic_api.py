"""Faults of: the API of REDCap."""

from __future__ import annotations

from mutation.fault import Fault

_API = "src/exvivo/read/redcap/api.py"
_TESTS = "read/redcap/test_api.py::"
_REFUSED = (f"{_TESTS}test_a_refusal_is_said_without_the_token",)
_OPEN = (f"{_TESTS}test_an_address_that_would_send_the_token_open",)

CLINIC_API = (
    Fault(
        name="a message of REDCap shows the token",
        file=_API,
        right='clean = re.sub(re.escape(self._token), "(token)", text, flags=re.IGNORECASE)',
        fault="clean = text",
        tests=_REFUSED,
    ),
    Fault(
        name="a token in other capitals is shown",
        file=_API,
        right='"(token)", text, flags=re.IGNORECASE)',
        fault='"(token)", text)',
        tests=_REFUSED,
    ),
    Fault(
        name="an error of the library hangs on ours",
        file=_API,
        right="            refused = self._refused(what, self._named(error))",
        fault="            raise self._refused(what, self._named(error)) from error",
        tests=_REFUSED,
    ),
    Fault(
        name="an answer that leads elsewhere is one",
        file=_API,
        right="if response.status_code != 200:",
        fault="if response.status_code >= 400:",
        tests=_REFUSED,
    ),
    Fault(
        name="the token is sent open",
        file=_API,
        right='(parts.scheme == "http" and parts.hostname in _HOME)',
        fault='parts.scheme == "http"',
        tests=_OPEN,
    ),
    Fault(
        name="a password in an address is shown",
        file=_API,
        right='re.sub(r"//[^/@]*@", "//", address.strip())',
        fault="address.strip()",
        tests=_OPEN,
    ),
    Fault(
        name="what is no token is shown",
        file=_API,
        right='f"a text of {len(token)} signs that is no token"',
        fault='f"{token}"',
        tests=(f"{_TESTS}test_what_is_no_token_is_not_shown",),
    ),
    Fault(
        name="fields marked Identifier are asked for",
        file=_API,
        right="if each.is_identifier and each.name not in known)",
        fault="if False)",
        tests=(f"{_TESTS}test_fields_marked_identifier_stay_in_redcap",),
    ),
    Fault(
        name="forms never opened are asked for as 0",
        file=_API,
        right="export_blank_for_gray_form_status=True",
        fault="export_blank_for_gray_form_status=False",
        tests=(f"{_TESTS}test_a_project_as_files",),
    ),
    Fault(
        name="an answer is read in the encoding its header lacks",
        file=_API,
        right='    response.encoding = "utf-8"\n',
        fault="",
        tests=(f"{_TESTS}test_a_project_as_files",),
    ),
    Fault(
        name="a download is written outside the folder",
        file="src/exvivo/cli/fetch.py",
        right="if PurePosixPath(name).is_absolute() or not path.is_relative_to(root):",
        fault="if PurePosixPath(name).is_absolute():",
        tests=(f"{_TESTS}test_the_command_writes_nothing_outside",),
    ),
)
