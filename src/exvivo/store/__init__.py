"""What a study folder remembers: every run, what it read and what it made, and whether that still
stands.
"""

from exvivo.store.blind import Blinding, blind, blinding, unblind
from exvivo.store.chain import DECISIONS
from exvivo.store.change import Change
from exvivo.store.database import DATABASE
from exvivo.store.decisions import Decision, decide, take_back
from exvivo.store.edits import edit
from exvivo.store.entries import entries, last_decision, record_decision
from exvivo.store.exchange import Leftover
from exvivo.store.files import File, all_files, hashed
from exvivo.store.in_place import Changed
from exvivo.store.machine import machine
from exvivo.store.provenance import packages, parameters_of, study_hash
from exvivo.store.prune import Pruned, prune
from exvivo.store.results import keep, leftovers, recover, refuse_strangers, standing
from exvivo.store.runs import RECORD_PAGE, RESULTS, Run, head, last_run
from exvivo.store.same_numbers import Difference, differences
from exvivo.store.tables import read_table, write_tables
from exvivo.store.verify import Examined, complete_run, examine, verify
from exvivo.store.withdraw import refuse_unfinished

__all__ = [
    "DATABASE",
    "DECISIONS",
    "RECORD_PAGE",
    "RESULTS",
    "Blinding",
    "Change",
    "Changed",
    "Decision",
    "Difference",
    "Examined",
    "File",
    "Leftover",
    "Pruned",
    "Run",
    "all_files",
    "blind",
    "blinding",
    "complete_run",
    "decide",
    "differences",
    "edit",
    "entries",
    "examine",
    "hashed",
    "head",
    "keep",
    "last_decision",
    "last_run",
    "leftovers",
    "machine",
    "packages",
    "parameters_of",
    "prune",
    "read_table",
    "record_decision",
    "recover",
    "refuse_strangers",
    "refuse_unfinished",
    "standing",
    "study_hash",
    "take_back",
    "unblind",
    "verify",
    "write_tables",
]
