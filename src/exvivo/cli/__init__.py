"""The command line: a thin door. One module a family of commands."""

from __future__ import annotations

import io
import os
import sys

import click

from exvivo import __version__
from exvivo.cli import (
    begin,
    check,
    claims,
    exclude,
    fetch,
    history,
    keep,
    lock,
    plan,
    prune,
    record,
    report,
    run,
    scales,
    serve,
    share,
    unblind,
    verify,
    web,
    withdraw,
)

_HELP = """From the raw instrument files of a study of patient-derived cells to claims that can be
defended.

\b
See it work first:      exvivo demo
Start your own study:   exvivo new my-study --from raw   (a draft of your files)
Or from a template:     exvivo new my-study     (with explanations)
Patients in REDCap:     exvivo fetch my-study   (downloads the project through its API)
Fill it in, then ask:   exvivo check my-study   (every mistake at once, with its cure)
Plan it:                exvivo plan power my-study   (layout, register, next)
Before the data come:   exvivo lock my-study    (freezes the questions, on record)
Make the report:        exvivo run my-study     (my-study/results/report.html)
All of it in a browser: exvivo open             (no terminal and no YAML after that)
Read it again:          exvivo report my-study  (--open in your browser; --figures png,pdf)

\b
Groups hidden:          exvivo run my-study --blinded    (codes, until exvivo unblind)
Leave something out:    exvivo exclude my-study --wells Q1:A1 --reason "bubbles"
Let a flag stand:       exvivo keep my-study FLAG --reason "one sample, on purpose"
What became of it:      exvivo history my-study (exvivo compare: two runs)
Years later:            exvivo verify my-study  (does it still stand?)
Hand it to somebody:    exvivo record export my-study --to record.jsonl
Score questionnaires:   exvivo scales           (exvivo scales HADS: how to declare it)
Publish the results:    exvivo share my-study --for public   (no person in them)
Check a text on it:     exvivo claims press-release.md --study my-study
A donor withdraws:      exvivo withdraw my-study DONOR   (--preview first)
Make room:              exvivo prune my-study   (texts of old runs, with a record of it)
Share with your group:  exvivo serve studies --origin https://...   (roles, passkeys; backup)

Without a folder, a command takes the one you are in; demo makes its own, and new, keep and withdraw
need one.

Exit codes: 0 done, 2 something in your files must be fixed, 70 a fault of exvivo; 1 (claims) a text
says more than the study found.
"""

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _InOrder(click.Group):
    """Commands in the order in which a study meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands as they were added."""
        return list(self.commands)


@click.group(cls=_InOrder, help=_HELP, context_settings=_SETTINGS)
@click.version_option(__version__)
def main() -> None:
    """The command `exvivo`: its help, and what holds for every command."""
    # The matrices here are small: a second thread of the linear algebra only waits, at a fifth of
    # the CPU time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A terminal of few letters shows `?`, and nothing fails for it.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


for each in (
    *(begin.demo, begin.new, fetch.fetch, scales.scales, check.check),
    *(plan.plan, lock.lock, run.run),
    unblind.unblind,
    report.report,
    web.open_,
    *(serve.serve, serve.audit, serve.backup, serve.restore),
    *(exclude.exclude, keep.keep, history.history, history.compare, verify.verify),
    *(record.record, share.share, claims.claims, withdraw.withdraw, prune.prune),
):
    main.add_command(each)
