"""Runs that people ask for in the door: a queue in the database, and workers that make each in a
process of its own. A worker or a host that dies loses no job, and none is run twice.
"""

from exvivo.web.jobs.job import Job, Kind, State
from exvivo.web.jobs.queue import Lost, Queue
from exvivo.web.jobs.worker import Workers

__all__ = ["Job", "Kind", "Lost", "Queue", "State", "Workers"]
