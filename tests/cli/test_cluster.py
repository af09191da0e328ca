"""Trainings and inferences on a Dask cluster: the bytes of one process, whatever happens to the workers."""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from lda_cli import cluster
from lda_cli.engine.cost import cost
from lda_cli.errors import ClusterError
from tests.helpers.command import COMMAND, assert_refused, done, environment, lda, without_packages
from tests.helpers.files import write
from tests.helpers.processes import children, ended, lives, started, until
from tests.helpers.themes import theme_documents

QUICK = (
    *("--topics", 3, "--set", "vocabulary.min_df=2", "--set", "training.restarts=1"),
    *("--set", "training.minibatches=2", "--set", "training.shards=3", "--set", "training.passes=4"),
)
LONG = (*QUICK, "--set", "training.passes=60")


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "corpus", theme_documents())
    return tmp_path


def sha256(model: Path) -> str:
    return hashlib.sha256((model / "phi.npy").read_bytes()).hexdigest()


def trained_in_one_process(folder, settings=QUICK):
    done(lda("train", "corpus", "-m", "alone", *settings, cwd=folder))
    return sha256(folder / "alone")


def workers(process: int) -> list[int]:
    """The processes of the workers that a training has started."""
    found = [(number, Path(f"/proc/{number}/cmdline")) for number in children(process)]
    return [number for number, line in found if b"spawn_main" in line.read_bytes()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def dask(*arguments: object, env=None):
    """A process of Dask's own command line."""
    command = [sys.executable, "-m", "dask", *map(str, arguments), "--no-dashboard"]
    env = environment(env or {}) | {"PYTHONWARNINGS": "default"}
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def scheduler(port: int):
    return dask("scheduler", "--host", "127.0.0.1", "--port", port)


def worker(port: int, env=None):
    options = "--nthreads", 1, "--memory-limit", 0, "--no-nanny"
    return dask("worker", f"tcp://127.0.0.1:{port}", *options, env=env)


def answers(port: int) -> bool:
    with socket.socket() as other:
        return other.connect_ex(("127.0.0.1", port)) == 0


def test_bytes_depend_on_the_shards_alone_and_history_tells_of_the_workers(folder):
    expected = trained_in_one_process(folder)
    for n_workers in (1, 2):
        train = ("train", "corpus", "-m", f"m{n_workers}", *QUICK, "--cluster", f"local:{n_workers}", "-v")
        said = lda(*train, cwd=folder)
        assert sha256(folder / f"m{n_workers}") == expected, said.stderr
        assert re.search(rf"pass 4: .*; {n_workers} workers?, .*kB moved, \d+% not computing", said.stderr)
        assert "set it to" not in said.stderr
        *passes, _ = map(json.loads, (folder / f"m{n_workers}" / "history.jsonl").read_text().splitlines())
        assert [line["workers"] for line in passes] == [n_workers] * 4
        assert all(0 <= line["not_computing"] <= 1 for line in passes)
        n_containing = np.load(folder / "alone" / "term_counts.npy")[:, 1].astype(float)
        foreseen = cost(n_containing, 24, n_containing.sum(), 3, 2, 3, n_workers, averages=True)
        assert [line["bytes_moved"] for line in passes] == pytest.approx([foreseen.moved] * 4, rel=0.25)
        assert sorted(path.name for path in folder.iterdir()) == sorted(
            {"corpus", "alone", ".alone.cache", *(f"m{n}" for n in range(1, n_workers + 1))}
            | {f".m{n}.cache" for n in range(1, n_workers + 1)}
        )


def test_workers_that_are_killed_change_no_byte_and_nothing_listens_on_other_addresses(folder):
    expected = trained_in_one_process(folder, LONG)
    with started("train", "corpus", "-m", "new", *LONG, "--cluster", "local:2", cwd=folder) as process:
        n_killed = 0
        until(lambda: (folder / ".new.run/shards").exists() or process.poll() is not None, 0.05)
        assert process.poll() is None, ended(process)
        addresses = [
            connection.laddr.ip
            for number in (process.pid, *workers(process.pid))
            for connection in psutil.Process(number).net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        ]
        while process.poll() is None and n_killed < 4:
            for number in workers(process.pid)[:1]:
                os.kill(number, signal.SIGKILL)
                n_killed += 1
            time.sleep(0.8)
        assert ended(process).status == 0
    assert addresses
    assert set(addresses) == {"127.0.0.1"}
    assert n_killed > 1
    assert sha256(folder / "new") == expected


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_coordinator_that_ends_takes_its_workers_along_and_the_next_goes_on(folder, number):
    expected = trained_in_one_process(folder, LONG)
    often = ("--set", "training.checkpoint_minutes=0.001")
    train = ("train", "corpus", "-m", "new", *LONG, *often, "--cluster", "local:2")
    with started(*train, cwd=folder) as process:
        until(lambda: (folder / ".new.run/checkpoint").exists() or process.poll() is not None, 0.05)
        assert process.poll() is None, ended(process)
        theirs = workers(process.pid)
        process.send_signal(number)
        assert ended(process).status == (-9 if number == signal.SIGKILL else 130)
    assert theirs
    until(lambda: not any(map(lives, theirs)), 0.05)
    said = lda(*train, cwd=folder)
    assert "continuing a stopped training" in said.stderr
    assert sha256(folder / "new") == expected
    assert not (folder / ".new.run").exists()


def test_late_worker_helps_and_another_kernel_is_refused_by_name(folder):
    expected, port = trained_in_one_process(folder), free_port()
    train = ("train", "corpus", "-m", "new", *QUICK, "--cluster", f"tcp://127.0.0.1:{port}")
    with scheduler(port):
        until(lambda: answers(port), 0.05)
        with started(*train, cwd=folder) as process:
            time.sleep(1)
            with worker(port):
                assert ended(process).status == 0
                assert sha256(folder / "new") == expected
                with worker(port, {"LDA_CLI_KERNEL": "numpy"}):
                    until(lambda: lda(*train, "--force", cwd=folder).status == 2, 0.1)
                    refused = lda(*train, "--force", cwd=folder)
    assert_refused(refused, 2, "worker tcp://127.0.0.1:", "kernel numpy", "the bytes would differ")
    assert sha256(folder / "new") == expected


def test_answers_are_those_of_one_process_in_their_order(folder):
    trained_in_one_process(folder)
    documents = [" ".join(["moon oven sail"] * (n % 7 + 1)) + f" {'x' * 3000}" for n in range(800)]
    write(folder, {"new.txt": "\n".join(documents)})
    infer = ("infer", "-m", "alone", "new.txt", "--words", "--set", "corpus.format=lines")
    expected = done(lda(*infer, cwd=folder))
    assert expected.count("\n") == 800
    assert done(lda(*infer, "--cluster", "local:2", cwd=folder)) == expected


def test_files_are_read_by_the_workers_and_an_error_names_the_file(folder):
    write(folder / "corpus", {f"more/{n}.txt": "moon orbit planet\n" * 20 for n in range(2000)})
    expected = trained_in_one_process(folder)
    train = ("train", "corpus", "-m", "new", *QUICK, "--cluster", "local:2", "--force")
    done(lda(*train, cwd=folder))
    assert sha256(folder / "new") == expected
    (folder / "corpus" / "more" / "bad.txt").write_bytes(b"\xff\xfe\xff")
    refused = lda(*train, "--set", "corpus.encoding=ascii", cwd=folder)
    assert_refused(refused, 3, "bad.txt")


def test_shards_for_too_few_workers_are_warned_of_and_one_shard_is_trained_here(folder):
    train = ("train", "corpus", "-m", "new", *QUICK, "--cluster", "local:2", "--set", "training.shards=1")
    said = lda(*train, cwd=folder)
    assert "only this process trains, since training.shards is 1; set it to 2 or more" in said.stderr
    done(lda("train", "corpus", "-m", "alone", *QUICK, "--set", "training.shards=1", cwd=folder))
    assert sha256(folder / "new") == sha256(folder / "alone")


def test_dry_run_tells_of_a_cluster_without_starting_it(folder):
    train = ("train", "corpus", "-m", "new", *QUICK, "--dry-run")
    lines = done(lda(*train, "--cluster", "local:5", cwd=folder)).splitlines()
    (line,) = [line for line in lines if line.startswith("cluster: ")]
    assert "5 workers with 5 threads" in line
    assert "a pass through the shared folder" in line
    assert "to wait and to move" in lines[-1]
    assert not [line for line in done(lda(*train, cwd=folder)).splitlines() if line.startswith("cluster: ")]


def test_what_cannot_be_reached_or_is_missing_is_said_in_one_line(folder):
    train = ("train", "corpus", "-m", "new", *QUICK, "--cluster")
    quickly = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    refused = lda(*train, f"tcp://127.0.0.1:{free_port()}", cwd=folder, env=quickly)
    assert_refused(refused, 2, "no scheduler answers")
    for wrong in ("locally", "local:0", "tcp://host", "http://host:1"):
        assert_refused(lda(*train, wrong, cwd=folder), 2, "cluster must be null, local", "tcp://HOST:PORT")
    without = without_packages(folder / "blocked", "distributed")
    refused = lda(*train, "local:2", cwd=folder, env=without)
    assert_refused(refused, 2, 'pip install "lda-cli[dask]"')
    assert not (folder / "new").exists()


def test_example_of_the_configs_runs(tmp_path):
    """Port 8786 is Dask's own, and may be in use: then the example uses that scheduler, or fails."""
    if answers(8786):
        pytest.skip("port 8786 is in use")
    script = Path(__file__).parents[2] / "configs/cluster/run.sh"
    (tmp_path / "bin").mkdir()
    for name, command in (("lda-cli", COMMAND), ("dask", [sys.executable, "-m", "dask"])):
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {" ".join(command)} "$@"\n')
        program.chmod(0o755)
    env = environment({"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"})
    ran = subprocess.run(
        ["sh", script, "-m", tmp_path / "model", "--set", "corpus.cache=none"],
        env=env | {"PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "8 topics of 144 documents" in ran.stderr


def test_cluster_whose_workers_are_gone_is_an_error_after_a_while(monkeypatch):
    monkeypatch.setattr(cluster, "_SECONDS_WITHOUT_WORKERS", 0.3)
    monkeypatch.setattr(cluster, "_SECONDS_BETWEEN_LOOKS", 0.1)
    port = free_port()
    with scheduler(port), worker(port) as only:
        until(lambda: answers(port), 0.05)
        with cluster.connected(f"tcp://127.0.0.1:{port}", 1) as found:
            found.check(Path(__file__))
            assert list(found.each(len, [("ab",), ("abc",)])) == [2, 3]
            only.kill()
            with pytest.raises(ClusterError, match="no worker is left"):
                list(found.each(len, [("ab",)]))
