"""The n-th write, flush or rename below a folder fails: failing.c, compiled, and told what to do."""

import contextlib
import ctypes
import errno
import mmap
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("failing.c")
ALL = 1 << 62


class Fault(NamedTuple):
    """What fails: the n-th call, or all from then on; or only half of it is done, and the next fails."""

    n: int
    error: int = errno.ENOSPC
    is_once: bool = True
    is_short: bool = False


NO_FAULT = Fault(ALL)


class _Control(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_int64),
        ("first", ctypes.c_int64),
        ("last", ctypes.c_int64),
        ("error", ctypes.c_int32),
        ("is_short", ctypes.c_int32),
        ("folder", ctypes.c_char * 4096),
        ("failed", ctypes.c_char * (4096 + 64)),
    )


class Injector:
    """What a process with `environment` is told of faults; copies of it are told the same, at any time."""

    def __init__(self, library: Path, control: Path) -> None:
        """Take the compiled failing.c, and the name of a file to be made."""
        control.write_bytes(bytes(ctypes.sizeof(_Control)))
        with open(control, "r+b") as file:
            self._control = _Control.from_buffer(mmap.mmap(file.fileno(), 0))
        self.environment = {"LD_PRELOAD": str(library), "FAILING_CONTROL": str(control)}

    def tell(self, fault: Fault, folder: Path) -> None:
        """Let calls below a folder fail from now on, counted from 1; of no fault they are counted only."""
        first = fault.n
        self._control.folder = os.fsencode(os.path.realpath(folder))
        self._control.failed = b""
        self._control.error, self._control.is_short = fault.error, fault.is_short
        self._control.first, self._control.last = first, first + fault.is_short if fault.is_once else ALL
        self._control.count = 0

    def rest(self) -> None:
        """Let nothing fail any more, nor count it."""
        self._control.folder = b""

    @property
    def count(self) -> int:
        """How many calls there were."""
        return int(self._control.count)

    @property
    def failed(self) -> str:
        """The first call that failed, and its path; nothing if none did."""
        return os.fsdecode(self._control.failed)


def why_not() -> str:
    """Why faults cannot be injected here; nothing if they can."""
    if sys.platform != "linux":
        return "LD_PRELOAD is of Linux"
    return "" if shutil.which(os.environ.get("CC", "cc")) else "there is no C compiler, CC or cc"


@contextlib.contextmanager
def injecting(folder: Path) -> Iterator[Injector]:
    """An injector; its library, and what it is told, lie in a folder."""
    library = folder / "failing.so"
    command = [os.environ.get("CC", "cc"), "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([*command, str(SOURCE), "-o", str(library), "-ldl"], check=True)
    yield Injector(library, folder / "control")
