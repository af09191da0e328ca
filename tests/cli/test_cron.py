"""configs/cron as it is shipped: its crontab line, as cron runs it, and its Makefile, as GNU Make does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lda_cli.training.run import running
from tests.helpers.command import SECONDS_AT_MOST, Result
from tests.helpers.files import write

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "configs/cron"


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """The folder /srv/letters of the examples, with a quick training."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "srv/letters"))
    config = (folder / "lda.yaml").read_text()
    assert "topics: 20, " in config
    quick = config.replace("topics: 20, ", "topics: 3, ").replace(
        "training: {", "training: {passes: 4, restarts: 1, "
    )
    write(folder, {"lda.yaml": quick})
    for place, theme in (("mail", "law"), ("mail", "music"), ("new", "law")):
        shutil.copytree(ROOT / "sample_corpus" / theme, folder / place / theme)
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/lda-cli").symlink_to(Path(sys.executable).with_name("lda-cli"))
    return folder


def run(command: str, cwd: Path, path: str) -> Result:
    """Run a line of shell with nothing but a PATH in its environment."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=cwd,
        env={"PATH": path},
        capture_output=True,
        timeout=SECONDS_AT_MOST,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def cron(letters: Path) -> Result:
    """Run what stands in the crontab, as cron does: in another folder, with a poor environment."""
    line = (letters / "crontab").read_text().splitlines()[-1]
    *times, command = line.split(maxsplit=5)
    assert len(times) == 5
    return run(command.replace("/srv/letters", str(letters)), Path("/"), "/usr/bin:/bin")


def state(letters: Path) -> tuple[int, int]:
    status = (letters / "letters/model.json").stat()
    return status.st_ino, status.st_mtime_ns


def test_cron_sends_mail_of_what_goes_wrong_and_trains_when_letters_came(letters: Path) -> None:
    config, script = ((letters / name).read_text() for name in ("lda.yaml", "topics.sh"))
    assert ("max_minutes: 120" in config, "--wait 3600" in script) == (True, True)
    write(letters, {"lda.yaml": config.replace("max_minutes: 120", "max_minutes: 1.0e-6")})
    status, stdout, stderr = cron(letters)
    assert (status, stderr) == (0, "")
    assert "the next run goes on" in stdout
    assert (letters / "topics.jsonl").exists()

    write(letters, {"lda.yaml": config})
    assert cron(letters) == Result(0, "", "")
    assert (letters / "topics.jsonl").read_text().count("\n") == 18
    first = state(letters)
    shutil.copy(letters / "mail/law/twelve-neighbours.txt", letters / "new")
    assert cron(letters) == Result(0, "", "")
    assert (letters / "topics.jsonl").read_text().count("\n") == 19
    assert state(letters) == first
    shutil.copytree(ROOT / "sample_corpus/cooking", letters / "mail/cooking")
    assert cron(letters) == Result(0, "", "")
    assert state(letters) != first

    good = state(letters)
    write(letters, {"mail/bad.txt": b"caf\xe9\n"})
    status, stdout, stderr = cron(letters)
    assert (status, stdout, stderr.count("\n")) == (3, "", 1)
    assert stderr.startswith("lda-cli: error: mail/bad.txt: ")
    assert state(letters) == good

    write(letters, {"topics.sh": script.replace("--wait 3600", "--wait 0.1")})
    with running(letters / "letters", 0, lambda holder: None):
        status, stdout, stderr = cron(letters)
    assert (status, stdout, stderr.count("\n")) == (6, "", 1)
    assert f"process {os.getpid()}" in stderr


def make(letters: Path, *arguments: str) -> list[str]:
    """Run make: the commands of lda-cli that it ran, without their options."""
    path = f"{letters}/.venv/bin:{os.environ['PATH']}"
    status, stdout, stderr = run(" ".join(["make", *arguments]), letters, path)
    assert (status, stderr) == (0, "")
    return [line.split()[1] for line in stdout.splitlines() if line.startswith("lda-cli ")]


def test_make_does_what_there_is_to_do_and_a_failure_keeps_the_model(letters: Path) -> None:
    all_three = ["train", "inspect", "infer"]
    assert make(letters) == all_three
    assert (letters / "topics.txt").read_text().startswith("topic  share")
    assert (letters / "topics.jsonl").read_text().count("\n") == 18
    assert make(letters, "--dry-run") == []

    write(letters, {"new/a letter.txt": "witness\n"})
    assert make(letters, "--dry-run") == ["infer"]
    first = (letters / "letters/phi.npy").stat()
    config = (letters / "lda.yaml").read_text()
    more = {"lda.yaml": f"{config}\nvocabulary: {{extra_stop_words: words.txt}}\n", "words.txt": "judge\n"}
    write(letters, {"mail/law/a letter: # 100%.txt": "witness\n"} | more)
    assert make(letters, "--dry-run") == all_three
    assert make(letters, "letters/model.json") == ["train"]
    assert make(letters, "--dry-run", "letters/model.json") == []
    before = (letters / "letters/phi.npy").stat()
    assert before != first

    (letters / "mail/music/practising-scales.txt").touch()
    assert make(letters, "letters/model.json") == ["train"]
    assert (letters / "letters/phi.npy").stat().st_ino == before.st_ino
    assert make(letters, "--dry-run", "letters/model.json") == []
    (letters / "mail/music/practising-scales.txt").unlink()
    assert make(letters, "--dry-run") == all_three

    # a make that fails keeps the model and leaves no half of a table
    write(letters, {"lda.yaml": "model: {topics: 1}\n"})
    path = f"{letters}/.venv/bin:/usr/bin:/bin"
    status, _, stderr = run("make topics.txt", letters, path)
    assert (status, "topics must be" in stderr) == (2, True)
    write(letters, {"lda.yaml": config, "letters/phi.npy": b""})
    status, _, stderr = run("make -o letters/model.json -W letters/model.json topics.txt", letters, path)
    assert (status, "phi.npy" in stderr) == (2, True)
    assert not (letters / "topics.txt").exists()
    assert (letters / "letters/model.json").exists()
