"""What the system does to a run: full disks, permissions, limits, folders that go, signals, other runs."""

import itertools
import os
import resource
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import lda_cli
from tests.helpers.command import COMMAND, QUICK, Result, environment, lda
from tests.helpers.files import write
from tests.helpers.processes import LONG, SIGNALS, children, ended, slow_pattern, started, until

from .case import Case, Ground
from .scene import Scene

NOBODY = 65534


@cache
def no_mounts() -> str:
    """Why file systems of our own cannot be mounted here; nothing if they can."""
    if shutil.which("unshare") is None:
        return "there is no unshare"
    tried = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return tried.stderr.decode().strip()


def not_root() -> str:
    """Why no other user can be taken on here."""
    return "" if os.geteuid() == 0 else "only root can be another user"


def on_a_disk(ground: Ground, then: str, *command: str) -> Result:
    """Run it on a file system of its own, once the scene was copied there, and `then` was done."""
    script = f"""
        set -e; mkdir disk back; mount -t tmpfs -o size=1m tmpfs disk; cp -a place/. disk; {then}
        cd disk; set +e; {shlex.join([*COMMAND, *command])}; status=$?; set -e
        rm -f .filler || true; cp -a . ../back; cd ..; umount disk; rmdir disk; exit $status"""
    ran = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        capture_output=True,
        text=True,
        cwd=ground.folder,
        env=environment(),
        check=False,
    )
    shutil.rmtree(ground.scene.place)
    (ground.folder / "back").rename(ground.scene.place)
    return Result(ran.returncode, ran.stdout, ran.stderr)


def full(command: tuple[str, ...], free: int, ground: Ground) -> Result:
    fill = f"head -c 2m /dev/zero > disk/.filler || true; truncate -s -{free}k disk/.filler"
    return on_a_disk(ground, f"({fill}) 2> /dev/null", *command)


def read_only(command: tuple[str, ...], ground: Ground) -> Result:
    return on_a_disk(ground, "mount -o remount,ro disk", *command)


def not_permitted(command: tuple[str, ...], path: str, ground: Ground) -> Result:
    """Somebody else, who may read all but `path`, or write nothing if that is a folder."""
    closed = ground.scene.place / path
    if closed.is_dir():
        return ground.run(*command, cwd=ground.scene.place, user=NOBODY)
    give_away(ground.scene.place)
    closed.chmod(0)
    try:
        return ground.run(*command, cwd=ground.scene.place, user=NOBODY)
    finally:
        closed.chmod(0o644)


def give_away(folder: Path) -> None:
    """Make it somebody else's, with all that is in it."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)


def while_it_reads(ground: Ground, change: Callable[[], object], *command: str) -> Result:
    """Change something while it waits for what a pipe among its inputs has to say, which is nothing."""
    pipe = ground.folder / "pipe"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)

    def write_nothing() -> None:
        with open(pipe, "w", encoding="ascii"):
            change()

    writer = threading.Thread(target=write_nothing)
    writer.start()
    result = ground.run(*command, str(pipe), cwd=ground.scene.place)
    writer.join()
    return result


def corpus_removed(ground: Ground) -> Result:
    folder, away = ground.scene.place / "corpus", ground.folder / "away"
    result = while_it_reads(ground, lambda: folder.rename(away), *Scene.train)
    away.rename(folder)
    return result


def run_folder_removed(ground: Ground) -> Result:
    folder = ground.scene.place / ".model.run"
    return while_it_reads(ground, lambda: shutil.rmtree(folder), *Scene.train)


def cache_removed(ground: Ground) -> Result:
    folder = ground.scene.place / ".model.cache"
    result = while_it_reads(ground, lambda: shutil.rmtree(folder, ignore_errors=True), *Scene.train)
    ground.scene.assert_done(Scene.train)
    return result


def parent_removed(ground: Ground) -> Result:
    """Where the model was to be written there is no folder any more."""
    folder = ground.folder / "elsewhere"
    folder.mkdir()
    options = ("-m", str(folder / "model"))
    result = while_it_reads(ground, lambda: shutil.rmtree(folder), *Scene.train, *options)
    assert set(os.listdir(folder)) <= {".model.cache"}
    shutil.rmtree(folder)
    return result


def few_files(command: tuple[str, ...], ground: Ground) -> Result:
    env = {"LDA_CLI_TRAINING_THREADS": "2"}
    result = ground.run(*command, cwd=ground.scene.place, env=env, limits={"RLIMIT_NOFILE": 64})
    ground.scene.assert_done(command)
    return result


def few_processes(ground: Ground) -> Result:
    """A user who may start no other process, and no thread."""
    give_away(ground.scene.place)
    result = ground.run(
        *Scene.train, "--threads", 2, cwd=ground.scene.place, user=NOBODY, limits={"RLIMIT_NPROC": 1}
    )
    ground.scene.assert_done(Scene.train)
    return result


def little_memory(ground: Ground) -> Result:
    """Phi alone takes 183 MiB: 300 topics of 160,000 words of four letters."""
    words = ["".join(letters) for letters in itertools.product("abcdefghijklmnopqrst", repeat=4)]
    corpus = write(ground.folder / "words", {f"{n}.txt": " ".join(words[n::4]) for n in range(4)})
    return lda(
        *("train", corpus, "--topics", 300, "--threads", 1, "--force", "--set", "corpus.cache=none"),
        *("--set", "vocabulary.min_df=1"),
        cwd=ground.scene.place,
        before=lambda: resource.setrlimit(resource.RLIMIT_AS, (350 << 20, 350 << 20)),
    )


def worker_killed(ground: Ground) -> Result:
    arguments, _ = slow_pattern(ground.folder)
    arguments[-1] = ground.scene.place / "model"
    with started(*arguments, "--force", "--quiet", cwd=ground.folder) as process:
        until(lambda: len(children(process.pid)) == 2)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        return ended(process)


@contextmanager
def training(ground: Ground) -> Iterator[subprocess.Popen[str]]:
    """A long training of the model, of which a pass is done."""
    with started("train", "corpus", *QUICK, *LONG, "--force", cwd=ground.scene.place) as process:
        assert process.stderr is not None
        assert any("pass 1:" in line for line in process.stderr)
        yield process


def busy(ground: Ground) -> Result:
    with training(ground) as process:
        result = ground.run(*Scene.train, cwd=ground.scene.place)
        process.terminate()
        ended(process)
    return result


def time_limit(ground: Ground) -> Result:
    result = ground.run(*Scene.train, "--set", "training.max_minutes=1e-6", cwd=ground.scene.place)
    assert not lda_cli.load(ground.scene.place / "model").is_complete
    return result


def stopped(number: int, ground: Ground) -> Result:
    with training(ground) as process:
        process.send_signal(number)
        result = ended(process)
    assert (ground.scene.place / ".model.run" / "checkpoint").exists()
    assert ground.scene.assert_whole()
    return result


NO_SPACE, NO_WRITING, DENIED = "no space left on device", "read-only file system", "permission denied"
REMOVED = "cannot be written: no such file or directory"
SAME = "the result is the same, byte for byte"
STOPPED = "all is as it was, but for a checkpoint, from which the next run goes on"

CASES = [
    *(
        Case(f"{command[0]}: {what}", 5, partial(act, command, *details), said=said, needs=needs)
        for command, what, act, details, said, needs in (
            (Scene.train, "the disk is full, but for 0 kB", full, [0], NO_SPACE, no_mounts),
            (Scene.train, "the disk is full, but for 40 kB", full, [40], NO_SPACE, no_mounts),
            (Scene.infer, "the disk is full, but for 0 kB", full, [0], NO_SPACE, no_mounts),
            (Scene.train, "the file system is read-only", read_only, [], NO_WRITING, no_mounts),
            (Scene.infer, "the file system is read-only", read_only, [], NO_WRITING, no_mounts),
            (Scene.train, "the folder may not be written", not_permitted, ["."], DENIED, not_root),
            (Scene.infer, "the folder may not be written", not_permitted, ["."], DENIED, not_root),
        )
    ),
    Case(
        "train: a document may not be read",
        3,
        partial(not_permitted, Scene.train, "corpus/space/3.txt"),
        said="corpus/space/3.txt: permission denied",
        needs=not_root,
    ),
    Case(
        "infer: the model may not be read",
        4,
        partial(not_permitted, Scene.infer, "model/phi.npy"),
        said="phi.npy: cannot be read: permission denied",
        needs=not_root,
    ),
    Case(
        "train: the corpus is removed while it is read",
        3,
        corpus_removed,
        said="no such file or directory",
    ),
    Case("train: the folder that the model lies in is removed meanwhile", 5, parent_removed, said=REMOVED),
    Case("train: `.model.run` is removed meanwhile", 5, run_folder_removed, said=REMOVED),
    Case("train: `.model.cache` is removed meanwhile", 0, cache_removed, SAME),
    *(
        Case(f"{command[0]}: 64 open files at most", 0, partial(few_files, command), SAME)
        for command in (Scene.train, Scene.infer)
    ),
    Case("train: no other process or thread can be had", 0, few_processes, SAME, needs=not_root),
    Case(
        "train: a corpus for which 350 MiB of memory are too few",
        3,
        little_memory,
        said="not enough memory",
    ),
    Case("train: a process that reads the corpus is killed", 3, worker_killed, said="was killed"),
    Case("train: another process trains the model", 6, busy, said="--wait SECONDS"),
    Case(
        "train: `training.max_minutes` are over",
        7,
        time_limit,
        "a whole model of what was reached; the next run goes on",
    ),
    *(
        Case(f"train: {signal.Signals(number).name}", status, partial(stopped, number), STOPPED)
        for number, status in SIGNALS
    ),
]
