"""The rows of the table and the bar for each: ours over theirs, at most."""

from __future__ import annotations

from dataclasses import dataclass

from tests.benchmarks.job import Job


@dataclass(frozen=True, slots=True)
class Goal:
    """One comparison.

    Attributes:
        most: The ratio that is wanted; None where the row is for information.
        their_job: Where the peer does another job than we: it cannot move, so it is held against its first save.
    """

    workload: str
    job: Job
    peer: str
    most: float | None = None
    their_job: Job | None = None


def _row(workload: str, job: Job, their_job: Job | None = None, **peers: float | None) -> list[Goal]:
    names = {"cp": "cp -a", "look": "scandir + stat", "hashing": "hashing"}
    return [Goal(workload, job, names.get(peer, peer), most, their_job) for peer, most in peers.items()]


GOALS: tuple[Goal, ...] = (
    *_row("W1", Job.SAVE, dvc=0.08, restic=0.28, git=0.25, cp=0.6),
    *_row("W1", Job.AGAIN, dvc=0.05, restic=0.10, git=1.5, look=3.0),
    *_row("W1", Job.CHANGED, dvc=0.07, restic=0.14, git=1.3),
    *_row("W1", Job.RESTORE, dvc=0.15, restic=0.26, git=0.75, tar=1.2),
    *_row("W1", Job.MEND, dvc=None, git=None),
    *_row("W1", Job.ONE, dvc=0.04, restic=0.10),
    *_row("W1", Job.LIST, dvc=0.04, restic=0.10, git=None),
    *_row("W2", Job.SAVE, dvc=0.7, restic=0.65, cp=None),
    *_row("W2", Job.MOVE, Job.SAVE, dvc=0.1, restic=0.08, hashing=None),
    *_row("W2", Job.CHANGED, dvc=0.15, restic=0.15),
    *_row("W3", Job.SAVE, dvc=0.25, restic=0.33, cp=None),
    *_row("W3", Job.RESTORE, dvc=0.8, restic=0.7, tar=None),
    *_row("W4", Job.SAVE, dvc=0.18, restic=0.36, git=None, cp=None),
    *_row("W4", Job.RESTORE, dvc=0.22, restic=0.5, git=None, tar=None),
)
