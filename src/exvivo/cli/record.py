"""`record export` and `record check`: the record for a third party."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import USERS_MISTAKE, as_json_option, door, echo, echo_lines, print_json
from exvivo.errors import Mistake, StoreError, command
from exvivo.visible import one_line
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.store.export import Beside, Exported
    from exvivo.store.signature import Signature

_PATH = click.Path(path_type=Path)


@click.group(short_help="Hand the record to somebody, or check one.")
def record() -> None:
    """Hand the record of a study to somebody, and check one that you were handed."""


@record.command(short_help="Write the record as one file for somebody else.")
@click.argument("folder", type=_PATH, default=".")
@click.option("--to", type=_PATH, help="The file to write; without it the record is printed.")
@click.option("--sign", "key", type=_PATH, help="With --to: sign it with this SSH key of yours.")
@click.option(
    "--with-texts",
    is_flag=True,
    help="Also the texts that are kept of runs and decisions. They may name people.",
)
def export(folder: Path, to: Path | None, key: Path | None, with_texts: bool) -> None:
    """Write the record of FOLDER as one file for somebody else: every row of the chain, with its
    hash, but none of the texts that could name people.

    Whoever has it can tell later whether the study folder was set back or its record rewritten
    (`exvivo record check`). With --sign a signature is written beside it (FILE.sig).
    """
    if key is not None and to is None:
        raise click.UsageError("--sign goes with --to FILE.")
    with door(folder, False):
        from exvivo.store.export import exported

        text = exported(folder, with_texts=with_texts)
        if to is None:
            echo(text.removesuffix("\n"))
            return
        written = _write(to, text, key)
    echo_lines([f"Written: {each}" for each in written])
    later = one_line(f"{command('record check', to)} FOLDER")
    echo(f"Send it to somebody: `{later}` says later whether the folder still holds every row.")


def _write(to: Path, text: str, key: Path | None) -> list[Path]:
    """Write a file and its signature, both or none, and never in the place of another."""
    from exvivo.store.signature import sign, signature_of

    wanted = [to, signature_of(to)] if key else [to]
    for path in wanted:
        if path.exists():
            cure = "name another file: an earlier export is evidence"
            raise StoreError(Mistake(str(path), "a file of this name", "none yet", cure))
    with tempfile.TemporaryDirectory(prefix=".exvivo-export-", dir=to.parent) as room:
        made = Path(room) / to.name
        made.write_text(text, encoding="utf-8", newline="\n")
        if key:
            sign(made, key).rename(wanted[1])
        made.rename(to)
    return wanted


@record.command(short_help="Check a record that you were handed.")
@click.argument("file", type=_PATH)
@click.argument("folder", type=_PATH, required=False)
@click.option(
    "--signers",
    type=_PATH,
    help="Whose signatures you accept: a list as ssh-keygen has it (allowed_signers).",
)
@as_json_option
def check(file: Path, folder: Path | None, signers: Path | None, as_json: bool) -> None:
    """Check an exported record: every hash of FILE; its signature, where FILE.sig stands beside it;
    and whether the study in FOLDER still holds every row of it.

    Exits with 2 where FILE was changed, the signature is not right, or FOLDER was set back or
    rewritten.
    """
    with door(folder or Path(), as_json):
        from exvivo.store.export import beside, checked
        from exvivo.store.signature import check_signature, signature_of

        whole = checked(_text_of(file), str(file))
        is_signed = signers is not None or signature_of(file).exists()
        signature = check_signature(file, signers) if is_signed else None
        against = beside(whole.rows, folder) if folder is not None else None
    if as_json:
        print_json(_as_json(whole, signature, against))
    else:
        echo_lines(_lines(whole, signature, against))
    if against is not None and against.what != "continued":
        sys.exit(USERS_MISTAKE)


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        finding, expected = "a file that is no text", "an exported record"
        cure = "name the file that `exvivo record export` wrote"
        raise StoreError(Mistake(str(file), finding, expected, cure)) from None


def _lines(whole: Exported, signature: Signature | None, against: Beside | None) -> list[str]:
    """What was found, and what nothing here tells."""
    count = counted(len(whole.rows), "row")
    lines = [f"The file stands: {count}, one chain. Its head: {whole.head.hash}"]
    return lines + [_signed(signature)] + ([_beside(against)] if against else [])


def _signed(signature: Signature | None) -> str:
    if signature is None:
        return "It is not signed: whoever can compute hashes could have written it."
    if signature.who is None:
        return (
            f"Signed with the key {signature.key}. Whose key that is nothing here tells: name whom "
            "you accept with --signers."
        )
    return f"Signed by {signature.who} (key {signature.key})."


def _beside(against: Beside) -> str:
    """The file beside the study folder."""
    if against.what == "continued":
        since = f"{counted(against.rows, 'row')} followed" if against.rows else "none followed"
        return f"The study folder holds every row of it; {since} since."
    if against.what == "set back":
        lost = counted(against.rows, "row")
        return f"The study folder was set back: it lacks the last {lost} of this file."
    return f"The record in the study folder was rewritten: it differs from row {against.rows} on."


def _as_json(
    whole: Exported, signature: Signature | None, against: Beside | None
) -> dict[str, object]:
    return {
        "rows": len(whole.rows),
        "texts": whole.texts,
        "head": whole.head.hash,
        "signature": asdict(signature) if signature else None,
        "folder": asdict(against) if against else None,
    }
