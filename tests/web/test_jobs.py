"""The queue and its workers: each job is done once, whatever dies meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from postgres_server import Server, running

from benchmarks.killed_doors import QUICK, killed
from benchmarks.killed_doors.stops import stopped_under_load
from exvivo import store
from exvivo.errors import Mistake, StoreError
from exvivo.web.database import DATABASE, Away, open_database
from exvivo.web.jobs import Job, Lost, Queue, Workers
from exvivo.web.jobs.alone import alone
from exvivo.web.jobs.child import given
from exvivo.web.jobs.past import head_of, run_since
from exvivo.web.jobs.process import CHILD, Process
from exvivo.web.jobs.worker import Doing


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    database = open_database(tmp_path / DATABASE)
    yield Queue(database, lease=5)
    database.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


def run_out(queue: Queue, job: Job) -> None:
    """As if the worker of a job had been silent for long."""
    with queue.database.writing() as transaction:
        transaction.run("UPDATE jobs SET lease = 1 WHERE id = :id", id=job.id)


def taken(queue: Queue, worker: str = "w") -> Job:
    job = queue.take(worker)
    assert job is not None
    return job


def test_asked_twice_it_waits_once(queue: Queue) -> None:
    first, second = queue.ask("demo", "a"), queue.ask("demo", "b")
    assert first == second and first.asked_by == "a"
    assert queue.ask("other", "b").id != first.id


def test_a_study_has_one_run_at_a_time(queue: Queue) -> None:
    queue.ask("demo", "a")
    job = taken(queue)
    later = queue.ask("demo", "b")
    assert later.id != job.id and queue.take("w2") is None
    queue.ask("other", "a")
    assert taken(queue, "w2").study == "other"
    queue.end(job, "done")
    assert taken(queue, "w3").id == later.id


def test_the_first_asked_is_the_first_taken(queue: Queue) -> None:
    asked = [queue.ask(name, "a").id for name in ("c", "a", "b")]
    assert [taken(queue).id for _ in asked] == asked


def test_who_lost_the_lease_writes_nothing_more(queue: Queue) -> None:
    queue.ask("demo", "a")
    old = taken(queue, "old")
    run_out(queue, old)
    new = taken(queue, "new")
    assert (new.id, new.token) == (old.id, old.token + 1)
    for write in (
        lambda: queue.beat(old, 1, ""),
        lambda: queue.end(old, "failed"),
        lambda: queue.release(old),
        lambda: queue.note_head(old, "9 x"),
    ):
        with pytest.raises(Lost):
            write()
    assert queue.beat(new, 1, "reading") is False
    assert queue.jobs("demo")[0].step == "reading"


def test_a_lease_that_is_renewed_is_kept(queue: Queue) -> None:
    queue.ask("demo", "a")
    job = taken(queue)
    run_out(queue, job)
    queue.beat(job, 1, "")
    assert queue.take("other") is None


def test_the_head_is_that_of_the_first_taking(queue: Queue) -> None:
    queue.ask("demo", "a")
    job = taken(queue)
    assert queue.note_head(job, "3 abc") == "3 abc"
    run_out(queue, job)
    assert queue.note_head(taken(queue), "4 def") == "3 abc"


def test_cancel(queue: Queue) -> None:
    waits = queue.ask("demo", "a")
    assert queue.cancel("demo", waits.id).state == "cancelled"
    assert queue.take("w") is None
    queue.ask("demo", "a")
    job = taken(queue)
    assert queue.cancel("demo", job.id).state == "running"
    assert queue.beat(job, 1, "") is True
    queue.end(job, "done")
    assert queue.cancel("demo", job.id).state == "done"
    with pytest.raises(StoreError):
        queue.cancel("other", job.id)


# ---- with workers and processes


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    for name in ("demo", "slow", "killed", "fault", "broken"):
        (tmp_path / "studies" / name).mkdir(parents=True)
    (tmp_path / "studies" / "broken" / "results").write_text("a file in the way")
    return tmp_path / "studies"


@pytest.fixture
def workers(queue: Queue, studies: Path) -> Iterator[Workers]:
    made = Workers(queue, lambda study: studies / study, program=QUICK)
    made.start()
    yield made
    made.stop()


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def done(queue: Queue, workers: Workers, study: str) -> Job:
    queue.ask(study, "a")
    workers.wake()
    until(lambda: not queue.jobs(study)[0].is_open)
    return queue.jobs(study)[0]


def runs(folder: Path) -> int:
    return sum(entry.is_run for entry in store.entries(folder))


def test_a_job_is_run_and_told(queue: Queue, workers: Workers, studies: Path) -> None:
    job = done(queue, workers, "demo")
    assert (job.state, job.facts) == ("done", {"row": 1, "verdicts": {"supported": 1}})
    assert runs(studies / "demo") == 1


def test_what_stands_beside_an_answer_is_no_answer() -> None:
    parts, verdicts = ["answer", "answer", "robustness"], ["supported", None, "supported"]
    findings = pl.DataFrame({"part": parts, "verdict": verdicts})
    assert given(findings) == {"supported": 1}


def test_what_cannot_be_run_is_told(queue: Queue, workers: Workers) -> None:
    broken = done(queue, workers, "broken")
    assert broken.state == "failed" and "a file" in broken.mistakes[0].found
    fault = done(queue, workers, "fault")
    assert (fault.state, fault.facts["fault"]) == ("failed", "ZeroDivisionError: of ours")
    killed = done(queue, workers, "killed")
    assert killed.state == "failed" and "ended from outside (-9)" in killed.facts["fault"]


def test_cancel_ends_the_process(queue: Queue, workers: Workers, studies: Path) -> None:
    job = queue.ask("slow", "a")
    workers.wake()
    until(lambda: queue.jobs("slow")[0].step == "resting")
    queue.cancel("slow", job.id)
    until(lambda: not queue.jobs("slow")[0].is_open)
    assert queue.jobs("slow")[0].state == "cancelled"
    with alone(studies / "slow"):  # nobody holds it any more
        assert runs(studies / "slow") == 0


def test_a_door_that_closes_gives_its_jobs_back(queue: Queue, workers: Workers) -> None:
    queue.ask("slow", "a")
    workers.wake()
    until(lambda: queue.jobs("slow")[0].step == "resting")
    workers.stop()
    assert taken(queue, "next").token == 2


def test_two_processes_of_a_job_make_one_run(studies: Path) -> None:
    """As when a worker that was thought dead still has its process at work."""
    folder = studies / "demo"
    both = [Process.start(QUICK, folder, "0") for _ in range(2)]
    ends = [last_word(process) for process in both]
    assert [(end["end"], end["row"]) for end in ends] == [("done", 1), ("done", 1)]
    assert runs(folder) == 1 and run_since(folder, head_of(folder)) is None


def last_word(process: Process) -> dict[str, Any]:
    said: list[dict[str, Any]] = []
    while (each := process.next(20.0)) is not None:
        said.append(each)
    process.close()
    return said[-1]


def taken_and_made(queue: Queue, folder: Path) -> Job:
    """A job whose worker died after its process had put the run on record."""
    queue.ask(folder.name, "a")
    job = taken(queue)
    queue.note_head(job, head_of(folder))
    store.keep(folder, run=store.Run(version="0", study_hash="", inputs=()), write=lambda new: None)
    return job


def test_cancelled_after_the_run_was_made_it_is_done(queue: Queue, studies: Path) -> None:
    job = taken_and_made(queue, studies / "demo")
    queue.cancel("demo", job.id)
    run_out(queue, job)
    workers = Workers(queue, lambda study: studies / study, program=("never started",))
    workers.start()
    until(lambda: not queue.jobs("demo")[0].is_open)
    workers.stop()
    assert queue.jobs("demo")[0].state == "done"
    assert queue.jobs("demo")[0].facts == {"row": 1}


def test_a_job_that_brings_its_host_down_is_given_up(queue: Queue, studies: Path) -> None:
    job = queue.ask("demo", "a")
    with queue.database.writing() as transaction:
        transaction.run("UPDATE jobs SET token = 50 WHERE id = :id", id=job.id)
    workers = Workers(queue, lambda study: studies / study, program=("never started",))
    workers.start()
    until(lambda: not queue.jobs("demo")[0].is_open)
    workers.stop()
    assert "50 times" in queue.jobs("demo")[0].fault


def test_a_database_that_is_away_is_waited_for_as_long_as_the_lease(queue: Queue) -> None:
    queue.ask("demo", "a")
    away = AwayQueue(queue.database, lease=1.0)
    doing = Doing(away, taken(queue), threading.Event(), QUICK)
    assert doing.is_stopped(is_new=True) is False
    doing.held -= 1.0
    with pytest.raises(Away):
        doing.is_stopped(is_new=True)


class AwayQueue(Queue):
    """A queue whose database does not answer."""

    def beat(self, job: Job, steps: int, step: str, steps_of: int = 0) -> bool:
        raise Away(Mistake("the database", "away", "there", "wait"))


def test_a_process_dies_with_its_parent(studies: Path) -> None:
    """Told by the end of its input, where the system does not see to it."""
    process = Process.start(QUICK, studies / "slow", "0")
    assert process.next(20.0) == {"step": "resting"}
    assert process.process.stdin is not None
    process.process.stdin.close()
    assert process.process.wait(20) == 1
    process.close()


def test_the_real_process_says_what_is_to_fix(tmp_path: Path) -> None:
    last = last_word(Process.start(CHILD, tmp_path, "0"))
    assert last["end"] == "failed" and last["mistakes"][0]["where"]


# ---- killed


def test_killed_at_any_moment_each_job_is_done_once(tmp_path: Path) -> None:
    assert killed(str(tmp_path / DATABASE), tmp_path, kills=4, jobs=6).wrong == []


def test_killed_over_postgres_each_job_is_done_once(tmp_path: Path, server: Server) -> None:
    assert killed(server.address, tmp_path, kills=2, jobs=3).wrong == []


def test_a_server_that_stops_under_load_loses_nothing(server: Server) -> None:
    told = stopped_under_load(server, stops=1, seconds=0.6)
    assert told.lost == 0 and told.acknowledged > 0 and told.strange == []
