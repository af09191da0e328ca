"""PDF to its text, in a process of its own, which ends itself when a file takes too much time or memory."""

import atexit
import json
import os
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, cast

from ...config import CorpusConfig
from . import pdf_process
from .records import MalformedError, Record, needs_extra

_REASONS = {
    pdf_process.TOO_LONG: f"takes more than {pdf_process.SECONDS} s to read",
    pdf_process.TOO_LARGE: f"takes more than {pdf_process.MEMORY_BYTES >> 30} GiB of memory to read",
}


def pdf_file(data: bytes, config: CorpusConfig) -> Record:
    """Return the text of all pages, with the document information (title, author, ...) as metadata.

    Raises MalformedError for a PDF that is damaged, encrypted, without text, or too large, and if pypdfium2
    is not installed.
    """
    if find_spec("pypdfium2") is None:
        raise needs_extra("a PDF")
    answer = _PROCESS.answer(data)
    if "error" in answer:
        raise MalformedError(answer["error"])
    return Record(None, answer["text"], answer["metadata"])


class _Process:
    """The process that reads PDFs, started when it is needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0  # a process that was forked has to start its own

    def answer(self, data: bytes) -> dict[str, Any]:
        """Return what pdf_process.py writes about a PDF."""
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError):  # it may have ended before it has read all
            process.stdin.write(len(data).to_bytes(8, "little"))
            process.stdin.write(data)
            process.stdin.flush()
        length = process.stdout.read(8)
        written = process.stdout.read(int.from_bytes(length, "little"))
        if length:
            return cast(dict[str, Any], json.loads(written))
        status = self.stop()
        return {"error": _REASONS.get(status, "crashes the library that reads it")}

    def _start(self) -> None:
        command = [sys.executable, "-P", pdf_process.__file__]  # -P: html.py beside it is not the library's
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._owner = os.getpid()

    def stop(self) -> int:
        """End the process, if this one started it, and return its exit status."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return 0
        with suppress(OSError):  # bytes that it did not read
            process.communicate()
        return process.wait()


_PROCESS = _Process()
atexit.register(_PROCESS.stop)
