"""A job that somebody follows: what a page is told of it as it goes on (server-sent events)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from exvivo.web.jobs import Job
from exvivo.web.site import Site

_LOOK = 0.4
"""Seconds between two looks at a job that somebody follows."""
_AGAIN = 10
"""Looks after which its time is told again although nothing else changed."""


@dataclass(frozen=True)
class Look:
    """What is seen of the jobs of a study: the panel of a page is made by `panel` where they
    changed; `over` is the end in a sentence, None while one is open.
    """

    jobs: tuple[Job, ...]
    panel: Callable[[], str]
    over: str | None

    @property
    def state(self) -> str:
        """What tells one look from another."""
        return str([(job.id, job.state, job.steps, job.step, job.stop) for job in self.jobs])


def followed(site: Site, look: Callable[[], Look]) -> StreamingResponse:
    """Tell how far a job is, until it is over or the door closes."""
    return StreamingResponse(
        _events(site, look),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(site: Site, look: Callable[[], Look]) -> AsyncIterator[str]:
    shown, looks = "", 0
    while not site.workers.is_closing:
        seen = await run_in_threadpool(look)
        looks += 1
        if seen.state != shown or looks >= _AGAIN:
            shown, looks = seen.state, 0
            yield _event(seen.panel())
        if seen.over is not None:
            yield _event(seen.over, name="over")
            return
        await asyncio.sleep(_LOOK)


def _event(text: str, name: str = "") -> str:
    """An event of the stream."""
    lines = [f"data: {line}" for line in text.splitlines() or [""]]
    return "\n".join([*([f"event: {name}"] if name else []), *lines, "", ""])


def seconds_of(site: Site, job: Job | None) -> int:
    """For how long a job is being done, by the clock that noted its begin."""
    if job is None or job.begun is None:
        return 0
    with site.database.reading() as transaction:
        return max(0, int(transaction.now() - job.begun))


def lasted(seconds: int) -> str:
    """A time as people say it.

    >>> lasted(42), lasted(125)
    ('42 s', '2 min 5 s')
    """
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
