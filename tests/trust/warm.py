"""Runs of lda-cli that start at once, under limits, as another user, or with a library preloaded."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.helpers.command import SECONDS_AT_MOST, Result, environment
from tests.helpers.warm import Server


class Warm:
    """Runs of lda-cli, one after the other."""

    def __init__(self, server: Server, environ: Mapping[str, str]) -> None:
        """Take the server, and the environment of the runs."""
        self._server, self._environ = server, dict(environ)

    def __call__(
        self,
        *arguments: object,
        cwd: Path,
        env: Mapping[str, str] = {},
        limits: Mapping[str, int] = {},
        user: int | None = None,
    ) -> Result:
        """Run `lda-cli arguments...` to its end; limits and user are those of `Server.run`."""
        environ = self._environ | dict(env)
        ended = self._server.run(
            map(str, arguments), str(cwd), environ, b"", SECONDS_AT_MOST, limits=limits, user=user
        )
        return Result(ended.status, ended.stdout.decode(), ended.stderr.decode())


@contextlib.contextmanager
def warm(env: Mapping[str, str] = {}) -> Iterator[Warm]:
    """Runs with these variables, which the process that they are copies of has from its start."""
    environ = environment(env)
    server = Server(environ)
    try:
        yield Warm(server, environ)
    finally:
        server.end()
