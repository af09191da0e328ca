"""PDF to its text, in a process of its own, which ends itself when a file takes too much time or memory."""

import atexit
import json
import os
import re
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
_DATE = re.compile(r"^D:(\d{4})(\d\d)(\d\d).*", re.DOTALL)  # PDF 1.7, section 7.9.4
_PROCESSES: dict[int, subprocess.Popen[bytes]] = {}  # by the id of the parent: after a fork, another


def pdf_file(data: bytes, config: CorpusConfig) -> Record:
    """Return the text of all pages, with the document information (title, author, ...) as metadata.

    Raises MalformedError for a PDF that is damaged, encrypted, without text, or too large, and if pypdfium2
    is not installed.
    """
    if find_spec("pypdfium2") is None:
        raise needs_extra("a PDF")
    answer = _answer(data)
    if "error" in answer:
        raise MalformedError(answer["error"])
    metadata = {name: _DATE.sub(r"\1-\2-\3", value) for name, value in answer["metadata"].items()}
    return Record(None, answer["text"], metadata)


def _answer(data: bytes) -> dict[str, Any]:
    """Return what pdf_process.py writes about a PDF."""
    process = _started()
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with suppress(OSError):  # it may have ended before it has read all
            process.stdin.write(len(data).to_bytes(8, "little"))
            process.stdin.write(data)
            process.stdin.flush()
        if length := process.stdout.read(8):
            return cast(dict[str, Any], json.loads(process.stdout.read(int.from_bytes(length, "little"))))
        return {"error": _REASONS.get(process.wait(), "crashes the library that reads it")}
    except BaseException:  # its answer must not be taken for that of the next PDF
        stop()
        raise


def _started() -> "subprocess.Popen[bytes]":
    """Return the process that reads PDFs; starts it if there is none, or it has ended."""
    process = _PROCESSES.get(os.getpid())
    if process is None or process.poll() is not None:
        stop()
        command = [sys.executable, "-P", pdf_process.__file__]  # -P: html.py beside it is not the library's
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        _PROCESSES[os.getpid()] = process
    return process


@atexit.register
def stop() -> None:
    """End the process that reads PDFs, if there is one."""
    process = _PROCESSES.pop(os.getpid(), None)
    if process is not None:
        process.kill()
        with suppress(OSError), process:  # bytes that it did not read
            pass
