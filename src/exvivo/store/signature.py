"""A file signed with a person's own SSH key, and the signature checked, by OpenSSH's `ssh-keygen`
(its format: PROTOCOL.sshsig of OpenSSH). The namespace keeps a signature of a record from being
taken for one of anything else.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exvivo.errors import Mistake, StoreError

_NAMESPACE = "exvivo"
_KEY = re.compile(r"SHA256:[A-Za-z0-9+/=]+")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that is right: the fingerprint of its `key`, and `who` owns it by the list of
    signers; without a list nobody knows.
    """

    key: str
    who: str | None


def signature_of(file: Path) -> Path:
    """Where the signature of a file stands."""
    return file.with_name(f"{file.name}.sig")


def sign(file: Path, key: Path) -> Path:
    """Sign a file with a key; gives the file of the signature. Raises `StoreError` where that
    cannot be done.
    """
    done = _keygen(["-Y", "sign", "-n", _NAMESPACE, "-f", str(key), str(file)])
    if done.returncode or not signature_of(file).is_file():
        expected = "an SSH key that you own and whose agent or passphrase is at hand"
        cure = "name the file of the key, such as ~/.ssh/id_ed25519; `ssh-keygen` makes one"
        raise StoreError(Mistake(str(key), _last_line(done.stderr), expected, cure))
    return signature_of(file)


def check_signature(file: Path, signers: Path | None) -> Signature:
    """The signature of a file, held against its bytes and, where a list of `signers` is given (the
    format `allowed_signers` of ssh-keygen), against their keys. Raises `StoreError` where it is not
    right.
    """
    beside = ["-n", _NAMESPACE, "-s", str(signature_of(file))]
    if signers is None:
        done = _keygen(["-Y", "check-novalidate", *beside], file)
        return Signature(_right(done, file), None)
    named = _keygen(["-Y", "find-principals", *beside[2:], "-f", str(signers)])
    who = named.stdout.decode(errors="replace").strip().split("\n")[0]
    if named.returncode or not who:
        finding, expected = "a signature of a key that is none of theirs", "one of the signers"
        cure = "ask whose key it is, and put it into the list only when you know"
        raise StoreError(Mistake(str(signature_of(file)), finding, expected, cure))
    done = _keygen(["-Y", "verify", *beside, "-f", str(signers), "-I", who], file)
    return Signature(_right(done, file), who)


def _right(done: subprocess.CompletedProcess[bytes], file: Path) -> str:
    """The fingerprint of the key of a signature that is right."""
    if done.returncode:
        finding = "a signature that is not that of this file"
        expected = "the file as it was signed, as an exvivo record"
        cure = "ask for file and signature again, from whoever signed them"
        raise StoreError(Mistake(str(signature_of(file)), finding, expected, cure))
    key = _KEY.search(done.stdout.decode(errors="replace"))
    return key.group() if key else ""


def _keygen(
    arguments: Sequence[str], read: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("ssh-keygen")
    if program is None:
        finding, cure = "no such program", "install OpenSSH (its client), then try again"
        raise StoreError(Mistake("ssh-keygen", finding, "OpenSSH, which signs and checks", cure))
    given = read.read_bytes() if read else b""
    return subprocess.run([program, *arguments], input=given, capture_output=True, check=False)


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "a key that cannot sign"
