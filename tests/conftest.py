"""What all tests share: no time limit for an example of hypothesis, since machines are slow and shared.

Tests of processes wait for them as often as they work: one worker more than there are cores fills the gaps.
"""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import chromium

# So many examples for every test of hypothesis, instead of its own number: for `make fuzz`.
FUZZ_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))

# Of a test whose example is some whole trainings that is hours of work: it gets a tenth.
COSTLY = 10

settings.register_profile("lda-cli", deadline=None, max_examples=25)  # `make fuzz` makes more
settings.load_profile("lda-cli")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(signal, "SIGHUP"):  # under nohup it is ignored, by what tests start, too
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    config.addinivalue_line(
        "markers", f"costly: an example is some trainings; `make fuzz` makes 1 / {COSTLY} of its number"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items if FUZZ_EXAMPLES else ():
        test = getattr(item, "obj", None)
        if not getattr(test, "is_hypothesis_test", False):
            continue
        part = COSTLY if item.get_closest_marker("costly") else 1
        test._hypothesis_internal_use_settings = settings(  # it has no other door for what is decorated
            getattr(test, "_hypothesis_internal_use_settings", settings.default),
            max_examples=max(1, FUZZ_EXAMPLES // part),
            derandomize=False,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not chromium.CHROMIUM or not chromium.DRIVER:
        terminalreporter.write_line(f"skipped: {chromium.MISSING}")


def pytest_xdist_auto_num_workers() -> int:
    return (os.cpu_count() or 1) + 1
