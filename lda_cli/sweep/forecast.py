"""What a sweep would take, without writing anything: two estimates of a training, and a line between them."""

from typing import NamedTuple

import numpy as np

from ..training.dry_run import estimate
from .plan import planned
from .runs import Task, done
from .sweep import Spec


class Forecast(NamedTuple):
    """The runs of a sweep, those that are missing, and what they take: seconds, and bytes of disk."""

    n_runs: int
    n_missing: int
    seconds: float
    disk: float


def forecast(spec: Spec) -> Forecast:
    """Estimate a sweep. Raises the errors of `estimate`.

    The time and the disk of a training grow about in proportion to its topics.
    """
    spec.check()
    plan = planned(spec.grid, spec.n_seeds)
    task = Task(spec.folder, spec.config_of_runs(), spec.corpus, None, "")
    missing = [key for key in plan if done(task, key) is None]
    if not missing:
        return Forecast(len(plan), 0, 0.0, 0.0)
    ends = sorted({min(missing).topics, max(missing).topics})
    keys = [next(key for key in missing if key.topics == topics) for topics in ends]
    found = [estimate(task.config_of(key), spec.corpus) for key in keys]
    topics = [key.topics for key in missing]
    seconds = np.interp(topics, ends, [each.training for each in found]).sum()
    disk = np.interp(topics, ends, [each.model for each in found]).sum()
    return Forecast(len(plan), len(missing), float(seconds) + found[0].reading, float(disk) + found[0].counts)
