"""Runs, and simulations of a plan, as visitors ask for them and take them back, on record of the
server, and what each may see of one that could not be made: the same for pages and programs.
"""

from __future__ import annotations

from exvivo.errors import Mistake
from exvivo.web.access.audit import note
from exvivo.web.access.seen import without_people
from exvivo.web.database import Transaction
from exvivo.web.jobs import Job
from exvivo.web.site import Site
from exvivo.web.visitor import NotAllowed, Permission, Visitor


def ask_run(site: Site, study: str, visitor: Visitor) -> Job:
    """Ask for a run; gives the one that waits already, where there is one."""
    asked = _Noted(site, visitor, "asked")
    job = site.jobs.ask(study, visitor.name, noted=asked)
    site.workers.wake()
    return job


def blind(site: Site, study: str, visitor: Visitor) -> None:
    """Hide the groups of a study from now on, on its record. Raises `NotAllowed` for whoever
    decides nothing in it, `UserMistake` while it has mistakes.
    """
    from exvivo.plan.blinding import begin
    from exvivo.study.load import read_study_file

    if not visitor.may(Permission.DECIDE, study):
        raise NotAllowed(Permission.DECIDE)
    folder = site.shelf.folder(study)
    read_study_file(folder)
    begin(folder, who=visitor.name)


def ask_power(site: Site, study: str, visitor: Visitor, wishes: str) -> Job:
    """Ask for the simulation of a plan, with wishes as a job is told them; of one that waits
    already the wishes are those that are new.
    """
    asked = _Noted(site, visitor, "asked")
    job = site.jobs.ask(study, visitor.name, kind="power", wishes=wishes, noted=asked)
    site.workers.wake()
    return job


def cancel_run(site: Site, study: str, job: str, visitor: Visitor) -> Job:
    """Take a run back, or have it ended; one that is over stays as it is. Raises `StoreError` where
    the study has no such job.
    """
    return site.jobs.cancel(study, job, noted=_Noted(site, visitor, "cancelled"))


def mistakes_for(site: Site, job: Job, visitor: Visitor) -> tuple[Mistake, ...]:
    """What kept a run from being made, for who works in the study; without what may name a person
    for who may not see them.
    """
    if not job.mistakes or not visitor.may(Permission.WORK, job.study):
        return ()
    if visitor.may(Permission.IDENTIFY, job.study):
        return job.mistakes
    return without_people(job.mistakes, site.shelf.folder(job.study))


class _Noted:
    """Puts what somebody did with a job on record of the server, in the same transaction. A local
    door has one person and no such record.
    """

    def __init__(self, site: Site, visitor: Visitor, state: str) -> None:
        self.site, self.visitor, self.state = site, visitor, state

    def __call__(self, transaction: Transaction, job: Job) -> None:
        """Note it."""
        if not self.site.settings.is_local:
            by = {"by": self.visitor.user, "study": job.study, "job": job.id}
            kind = {} if job.kind == "run" else {"kind": job.kind}
            note(transaction, "job", {**by, "state": self.state, **kind})
