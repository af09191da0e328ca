"""What all tests share: no time limit for an example of hypothesis, since machines are slow and shared.

Tests of processes wait for them as often as they work: one worker more than there are cores fills the gaps.
"""

import os

from hypothesis import settings

settings.register_profile("lda-cli", deadline=None)
settings.load_profile("lda-cli")


def pytest_xdist_auto_num_workers() -> int:
    return (os.cpu_count() or 1) + 1
