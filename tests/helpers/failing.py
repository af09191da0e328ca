"""Calls that fail at a chosen time, as on a full disk, or for want of permission, and what they leave."""

import builtins
import contextlib
import errno
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock


@contextlib.contextmanager
def failing_call(owner: Any, name: str, n: int, error: BaseException | None = None) -> Iterator[list[int]]:
    """While the block lasts the n-th call of a function of `owner`, or of a built-in that it uses, fails.

    Yields a list that is empty until then.
    """
    function = getattr(owner, name, None) or getattr(builtins, name)
    numbers = itertools.count(1)
    failed: list[int] = []

    def call(*arguments: Any, **options: Any) -> Any:
        if next(numbers) == n:
            failed.append(n)
            raise error or OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return function(*arguments, **options)

    with mock.patch.object(owner, name, call, create=True):
        yield failed


@contextlib.contextmanager
def message_of(kind: type[Exception] | tuple[type[Exception], ...]) -> Iterator[list[str]]:
    """A list that holds, after the block, the message of the error that ended it, if one did."""
    messages: list[str] = []
    try:
        yield messages
    except kind as error:
        messages.append(str(error))


@contextlib.contextmanager
def ordinary_user() -> Iterator[None]:
    """While the block lasts permissions hold, which they do not for root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def names_in(folder: Path) -> set[str]:
    """The names in a folder, hidden ones too."""
    return set(os.listdir(folder))
