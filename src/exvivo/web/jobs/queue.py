"""The queue of jobs: who takes which, for how long, and what became of it.

A worker holds a job by a lease, which it renews while it works; a job whose lease ran out is taken
by another. Each taking counts `token` up, and whatever a worker writes names its token: one that
lost its lease and wakes up again can write nothing (a fencing token).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from exvivo.errors import ExvivoError, Mistake, StoreError
from exvivo.web.database import Database, Transaction
from exvivo.web.jobs.job import Job, Kind, State

_ALL = "SELECT * FROM jobs"
_FREE = f"""{_ALL} WHERE (state = 'running' AND lease < :now) OR (state = 'waiting' AND study NOT IN
    (SELECT study FROM jobs WHERE state = 'running')) ORDER BY asked, id LIMIT 1"""
_ASK = """INSERT INTO jobs (id, study, asked_by, asked, state, kind, wishes)
    VALUES (:id, :study, :who, :now, 'waiting', :kind, :wishes) ON CONFLICT DO NOTHING"""
_WISH = "UPDATE jobs SET wishes = :wishes WHERE id = :id AND state = 'waiting'"
_TAKE = """UPDATE jobs SET state = 'running', worker = :worker, token = token + 1,
    lease = :until, begun = COALESCE(begun, :now) WHERE id = :id"""
_OURS = "WHERE id = :id AND token = :token AND state = 'running'"
_NOTE = f"UPDATE jobs SET head = COALESCE(head, :head) {_OURS}"
_BEAT = f"UPDATE jobs SET lease = :until, steps = :steps, steps_of = :of, step = :step {_OURS}"
_END = f"""UPDATE jobs SET state = :state, outcome = :outcome, ended = :now, lease = NULL,
    step = '' {_OURS}"""
_RELEASE = f"UPDATE jobs SET lease = 0 {_OURS}"
_CANCEL = """UPDATE jobs SET state = 'cancelled', ended = :now, stop = 1
    WHERE id = :id AND state = 'waiting'"""
_STOP = "UPDATE jobs SET stop = 1 WHERE id = :id AND state = 'running' AND stop = 0"
_KEPT = 1000
"""Closed jobs of a study that are listed at most."""


Noted = Callable[[Transaction, Job], None]
"""Puts on record what was done with a job, in the same transaction."""


def _unnoted(transaction: Transaction, job: Job) -> None:
    """Nothing is put on record."""


class Lost(ExvivoError):
    """A worker writes of a job that another worker has taken, or that is closed."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"job {job.id} is not held by taking {job.token} any more")


@dataclass(frozen=True)
class Queue:
    """The jobs of a database. `lease` is how many seconds a worker may be silent."""

    database: Database
    lease: float = 15.0

    def ask(
        self,
        study: str,
        who: str,
        *,
        kind: Kind = "run",
        wishes: str = "",
        noted: Noted = _unnoted,
    ) -> Job:
        """Ask for a job of a study; gives the one of its kind that waits already, where there is
        one, with the wishes that are new. `noted` is called with a new one, inside the transaction.
        """
        with self.database.writing() as transaction:
            named = {"id": secrets.token_hex(8), "study": study, "who": who}
            asked = {**named, "kind": kind, "wishes": wishes}
            is_new = transaction.run(_ASK, now=transaction.now(), **asked)
            waiting = f"{_ALL} WHERE study = :study AND kind = :kind AND state = 'waiting'"
            job = _job(transaction, waiting, study=study, kind=kind)
            if is_new:
                noted(transaction, job)
            elif job.wishes != wishes:
                transaction.run(_WISH, id=job.id, wishes=wishes)
                job = replace(job, wishes=wishes)
            return job

    def cancel(self, study: str, job: str, *, noted: Noted = _unnoted) -> Job:
        """Take back a job that waits, and have the worker of one that runs end it. One that is over
        stays as it is. `noted` is called inside the transaction where anything was done. Raises
        `StoreError` where the study has no such job.
        """
        with self.database.writing() as transaction:
            known = _job(
                transaction, f"{_ALL} WHERE id = :id AND study = :study", id=job, study=study
            )
            taken_back = transaction.run(_CANCEL, id=known.id, now=transaction.now())
            if taken_back + transaction.run(_STOP, id=known.id):
                noted(transaction, known)
            return _job(transaction, f"{_ALL} WHERE id = :id", id=job)

    def jobs(self, study: str, most: int = _KEPT, *, kind: Kind = "run") -> list[Job]:
        """The jobs of a kind of a study, the last asked first."""
        ordered = f"{_ALL} WHERE study = :study AND kind = :kind ORDER BY asked DESC, id"
        named = {"study": study, "kind": kind}
        with self.database.reading() as transaction:
            rows = transaction.rows(f"{ordered} LIMIT :most", most=most, **named)
        return [Job.of(row) for row in rows]

    def everywhere(self, most: int = _KEPT) -> list[Job]:
        """The jobs of all studies, the last asked first."""
        with self.database.reading() as transaction:
            rows = transaction.rows(f"{_ALL} ORDER BY asked DESC, id LIMIT :most", most=most)
        return [Job.of(row) for row in rows]

    def take(self, worker: str) -> Job | None:
        """The next job for a worker: one that waits while no other of its study runs, or one whose
        worker went silent; None where there is none.
        """
        with self.database.reading() as transaction:
            if not transaction.rows(_FREE, now=transaction.now()):
                return None
        with self.database.writing() as transaction:
            now = transaction.now()
            free = transaction.row(_FREE, now=now)
            if free is None:
                return None
            transaction.run(_TAKE, id=free["id"], worker=worker, until=now + self.lease, now=now)
            return _job(transaction, f"{_ALL} WHERE id = :id", id=free["id"])

    def note_head(self, job: Job, head: str) -> str:
        """Note where the study's record ended when the job was first taken; gives what was noted
        first. Raises `Lost`.
        """
        with self.database.writing() as transaction:
            _write(transaction, job, _NOTE, head=head)
            return _job(transaction, f"{_ALL} WHERE id = :id", id=job.id).head or ""

    def beat(self, job: Job, steps: int, step: str, steps_of: int = 0) -> bool:
        """Renew the lease and say how far the job is; gives whether it is to be ended. Raises
        `Lost`.
        """
        with self.database.writing() as transaction:
            until = transaction.now() + self.lease
            how_far: dict[str, str | float] = {"steps": steps, "of": steps_of, "step": step}
            _write(transaction, job, _BEAT, until=until, **how_far)
            return bool(_job(transaction, f"{_ALL} WHERE id = :id", id=job.id).stop)

    def end(self, job: Job, state: State, outcome: str = "") -> None:
        """Say what became of a job. Raises `Lost`."""
        with self.database.writing() as transaction:
            now = transaction.now()
            _write(transaction, job, _END, state=state, outcome=outcome, now=now)

    def release(self, job: Job) -> None:
        """Give a job back, to be taken by the next worker at once. Raises `Lost`."""
        with self.database.writing() as transaction:
            _write(transaction, job, _RELEASE)


def _write(
    transaction: Transaction, job: Job, statement: str, **values: str | float | None
) -> None:
    """Write of a job that is still held."""
    if not transaction.run(statement, id=job.id, token=job.token, **values):
        raise Lost(job)


def _job(transaction: Transaction, query: str, **values: str) -> Job:
    row = transaction.row(query, **values)
    if row is None:
        cure = "look at the list of runs again"
        raise StoreError(Mistake("the queue", "no such job", "a job of this study", cure))
    return Job.of(row)
