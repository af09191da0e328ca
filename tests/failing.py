"""Calls that fail at a chosen time, as on a full disk, and what is left in a folder afterwards."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock


def no_space() -> OSError:
    """What a full disk makes of a call."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fails_at(n: int, function: Callable[..., Any], error: BaseException | None = None) -> Callable[..., Any]:
    """The function, but that its n-th call fails; `n_calls` of the result counts them."""

    def call(*arguments: Any, **options: Any) -> Any:
        call.n_calls += 1
        if call.n_calls == n:
            raise error or no_space()
        return function(*arguments, **options)

    call.n_calls = 0
    return call


@contextlib.contextmanager
def failing_call(owner: Any, name: str, n: int, error: BaseException | None = None) -> Iterator[None]:
    """While the block lasts the n-th call of a function fails."""
    with mock.patch.object(owner, name, fails_at(n, getattr(owner, name), error)):
        yield


def names_in(folder: Path) -> set[str]:
    """The names in a folder, hidden ones too."""
    return set(os.listdir(folder))
