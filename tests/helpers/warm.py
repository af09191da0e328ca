"""Processes of lda-cli that start in a fifth of the time: copies of one that has imported it.

About 300 tests start one or more. The server is a process of its own, without threads, that imports lda-cli,
runs nothing of it, and copies itself (fork) for each request. A copy gets the standard streams, working
folder, environment and arguments that it is sent, runs lda-cli once and ends as Python does. What imports do
is left to tests that start cold.
"""

import atexit
import gc
import importlib
import json
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

_IMPORTED = (
    *("cli.forecast", "cli.progress", "cli.records", "cli.tables", "config.source"),
    *("engine.kernel", "inference", "model.store", "training.depfile", "training.dry_run", "training.train"),
)
# of Python, which another user may not be allowed to read
_IMPORTED_TOO = (
    *("concurrent.futures.process", "importlib.readers", "multiprocessing.popen_fork"),
    *("multiprocessing.synchronize", "multiprocessing.queues"),
)


class Ended(NamedTuple):
    """What a process left; a status below 0 is that of a signal."""

    status: int
    stdout: bytes
    stderr: bytes


class Server:
    """The process that copies itself, until this one ends."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.helpers.warm", str(theirs.fileno())],
                env=environ,
                cwd=Path(__file__).parents[2],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self.end)

    def end(self) -> None:
        """End the process."""
        self._socket.close()
        self._process.wait()

    def run(
        self,
        arguments: Iterable[str],
        cwd: str,
        environ: Mapping[str, str],
        stdin: bytes | IO[bytes],
        seconds: float,
        limits: Mapping[str, int] = {},
        user: int | None = None,
    ) -> Ended:
        """Run lda-cli to its end. Raises TimeoutError.

        limits : of resources, such as RLIMIT_NOFILE, by name; user : the number of another user to be
        """
        (their_in, feed), (out, their_out), (err, their_err) = os.pipe(), os.pipe(), os.pipe()
        if not isinstance(stdin, bytes):
            os.dup2(stdin.fileno(), their_in)
            stdin = b""
        request = json.dumps([list(arguments), cwd, dict(environ), dict(limits), user]).encode()
        with ThreadPoolExecutor(3) as pool:
            pool.submit(_feed, feed, stdin)
            written = [pool.submit(_read, end) for end in (out, err)]
            socket.send_fds(self._socket, [struct.pack("i", len(request))], [their_in, their_out, their_err])
            for stream in (their_in, their_out, their_err):
                os.close(stream)
            self._socket.sendall(request)
            process = self._number(seconds)
            try:
                status = self._number(seconds)
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                self._number(seconds)
                raise
        return Ended(status, *(part.result() for part in written))

    def _number(self, seconds: float) -> int:
        self._socket.settimeout(seconds)
        return int(struct.unpack("i", self._socket.recv(4, socket.MSG_WAITALL))[0])


def _feed(descriptor: int, content: bytes) -> None:
    with open(descriptor, "wb", buffering=0) as stream:
        while content:
            content = content[stream.write(content) :]


def _read(descriptor: int) -> bytes:
    with open(descriptor, "rb") as stream:
        return stream.read()


def _copied(connection: socket.socket) -> list[str]:
    """Copy this process for each request; returns, in the copy, its arguments, and never in the server."""
    while True:
        head, streams, _, _ = socket.recv_fds(connection, 4, 3)
        if not head:
            os._exit(0)
        request = connection.recv(struct.unpack("i", head)[0], socket.MSG_WAITALL)
        process = os.fork()
        if process == 0:
            connection.close()
            arguments, *others = json.loads(request)
            _begin(streams, *others)
            return list(arguments)
        for stream in streams:
            os.close(stream)
        connection.sendall(struct.pack("i", process))
        _, status = os.waitpid(process, 0)
        connection.sendall(struct.pack("i", os.waitstatus_to_exitcode(status)))


def _begin(
    streams: Sequence[int],
    cwd: str,
    environ: Mapping[str, str],
    limits: Mapping[str, int],
    user: int | None,
) -> None:
    """Be as a process is when Python begins."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 (as long as the process)
        for number, mode in enumerate("rww")
    )
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    random.seed()
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    for name, limit in limits.items():
        resource.setrlimit(getattr(resource, name), (limit, limit))


if __name__ == "__main__":
    from lda_cli.__main__ import main

    for name in _IMPORTED:
        importlib.import_module(f"lda_cli.{name}")
    for name in _IMPORTED_TOO:
        importlib.import_module(name)
    gc.freeze()  # the copies share it, since nothing looks through it
    sys.argv = ["lda-cli", *_copied(socket.socket(fileno=int(sys.argv[1])))]
    main()
