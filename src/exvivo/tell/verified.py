"""What `verify` finds, in words: the same for both doors."""

from __future__ import annotations

OF_FINDING = {
    "outside": "leads out of the study folder; what is there was not looked at",
    "link": "a link; exvivo writes none here",
    "dangling": "a link that leads nowhere",
    "folder": "a folder in the place of the file",
    "empty": "an empty folder, which no run leaves",
    "special": "a pipe or a device, not a file",
    "number": "its number does not follow that of the row before: rows were taken out or put in",
    "before": "it does not carry the hash of the row before it",
    "hash": "its hash is not that of what it says",
    "kind": "a kind of row that this version does not know",
    "states": "what it states cannot be read as exvivo writes it",
    "study_hash": "the hash of its study is not that of the inputs it lists",
    "texts": "the texts it names are not those of its files",
    "erased": "a text that was erased, as a later row says, and that is there again",
    "schema": "not made as this version of exvivo makes it",
    "damaged": "its pages are damaged",
    "unknown": (
        "no row of this record has this hash: the folder was set back to an earlier state, or the "
        "record was written anew"
    ),
}
"""What a finding says beyond its file, by its code."""
