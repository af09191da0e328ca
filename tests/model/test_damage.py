"""A damaged or forged model directory: always a line that names the file, never a wrong model or a crash."""

import io
import os
import pickle
import shutil
import tracemalloc

import numpy as np
import pytest

from lda_cli.errors import ModelError
from lda_cli.model import description, store
from tests.helpers.failing import message_of, ordinary_user
from tests.helpers.models import FILES, assert_same, reseal, save, small_model


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return save(small_model(), tmp_path_factory.mktemp("whole") / "model")


@pytest.fixture
def folder(whole, tmp_path):
    """A copy of a model, to be damaged."""
    return shutil.copytree(whole, tmp_path / "model")


def refusal(folder, name=None):
    """What loading says, which must be a line that names the file."""
    with pytest.raises(ModelError) as error:
        store.load(folder)
    message = str(error.value)
    assert message.isprintable()
    assert message.startswith(str(folder if name is None else folder / name))
    return message


def test_a_description_too_large_to_be_one_is_refused_unread(folder):
    os.truncate(folder / "model.json", description.BYTES_AT_MOST + 1)
    tracemalloc.start()
    try:
        assert "it is larger than" in refusal(folder, "model.json")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_any_byte_of_the_description_may_flip_and_no_other_model_is_loaded(folder):
    path = folder / "model.json"
    whole = path.read_bytes()
    with open(path, "r+b", buffering=0) as file:
        for place, byte in enumerate(whole):
            os.pwrite(file.fileno(), bytes([byte ^ 0x20]), place)
            with message_of(ModelError) as messages:
                assert_same(store.load(folder), small_model())
            assert all(message.startswith(str(folder)) and message.isprintable() for message in messages)
            os.pwrite(file.fileno(), bytes([byte]), place)


def test_no_model_is_told_from_a_folder_that_is_none(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path / "nowhere").endswith(
        f"nowhere: there is no model; train one with lda-cli train --model {tmp_path / 'nowhere'}"
    )
    assert "there is no model" in refusal(tmp_path / "file")
    assert refusal(tmp_path / "empty").endswith("empty: is not a model: it has no model.json")


def test_a_model_that_may_not_be_read_is_refused(folder):
    # a traceback before: is_dir() raises where a folder above may not be searched
    folder.parent.chmod(0)
    with ordinary_user():
        assert "cannot be read: permission denied" in refusal(folder)
    folder.parent.chmod(0o700)


DAMAGE = {
    "one byte shorter": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "last byte altered": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xff"),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path, 0o600)),
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_refused_and_never_waited_for(folder, name, how):
    DAMAGE[how](folder / name)
    refusal(folder, None if name == "model.json" else name)


def test_a_newer_format_is_told_from_damage(folder):
    reseal(folder, lambda data: data.update(format=2))
    assert "has format 2, and this lda-cli" in refusal(folder)
    assert "use a newer lda-cli" in refusal(folder)


@pytest.mark.parametrize("text", ["null", "[]", "{}", '{"format": 1}', "[" * 10**5, "\0", "é"])
def test_a_description_that_describes_nothing_is_refused(folder, text):
    (folder / "model.json").write_text(text)
    refusal(folder, "model.json")


# place in model.json, and what is put there; None removes it
FORGED = [
    (("sizes",), None),
    (("alpha",), None),
    (("files", "phi.npy"), None),
    (("files", "../secret"), "0"),
    (("config", "colour"), 1),
    (("config", "model", "topics"), 1),
    (("config", "vocabulary", "stop_words"), "/etc/passwd"),
    (("sizes", "topics"), "many"),
    (("sizes", "topics"), 2**62),
    (("sizes", "tokens"), 13),
    (("vocabulary",), {"found": {"terms": 3, "tokens": 12}}),
    (("alpha",), [0.1, -0.1]),
    (("alpha",), [0.1, 10**400]),
    (("alpha",), [0.1, 0.1, 0.1]),
    (("alpha",), ["a", "b"]),
    (("eta",), float("nan")),
]


@pytest.mark.parametrize(("keys", "value"), FORGED, ids=str)
def test_a_forged_description_is_refused(folder, keys, value):
    def edit(data):
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = value
        if value is None:
            del data[keys[-1]]

    reseal(folder, edit)
    refusal(folder)


def header(shape, descr="<f4"):
    """The head of an .npy file, as NumPy writes it."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def saved(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


FORGED_ARRAYS = {
    "another type": lambda array: saved(array.astype(">f2")),
    "another shape": lambda array: saved(array.reshape(-1, 1, 1)),
    "Fortran order": lambda array: saved(np.asfortranarray(array)),
    "a pickle in it": lambda array: saved(array.astype(object), allow_pickle=True),
    "a pickle": pickle.dumps,
    "a huge shape": lambda array: header((2**40, 2**40)) + array.tobytes(),
    "numbers left out": lambda array: saved(array)[:-4],
    "numbers too many": lambda array: saved(array) + b"\0" * 4,
    "a header of 4 GiB": lambda array: b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + saved(array)[10:],
    "a header of code": lambda array: header("__import__('os').system('false')"),
}


@pytest.mark.parametrize("how", FORGED_ARRAYS)
def test_a_forged_array_is_refused_before_anything_is_allocated(folder, how):
    path = folder / "phi.npy"
    path.write_bytes(FORGED_ARRAYS[how](np.load(path)))
    reseal(folder)
    tracemalloc.start()
    try:
        refusal(folder, "phi.npy")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


TOPICS = '{"coherence": "npmi over documents, 10 words", "topics": [%s]}'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("phi.npy", np.array([[np.nan, 0.3, 0.2], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[0.5, 0.3, 0.1], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[1.5, -0.3, -0.2], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[0.5, 0.0, 0.5], [0.3, 0.0, 0.7]], np.float32)),
        ("term_counts.npy", np.array([[3, 1], [-4, 1], [13, 1]])),
        ("term_counts.npy", np.array([[2, 1], [4, 1], [5, 1]])),
        ("topic_counts.npy", np.array([1.0, np.nan])),
        ("topic_counts.npy", np.array([1.0, -1.0])),
        ("theta.npy", np.array([[0.5, 0.5]], np.float32)),
        ("vocabulary.txt", b"moon\norbit\n"),
        ("vocabulary.txt", b"moon\norbit\norbit\n"),
        ("vocabulary.txt", b"moon\n\xff\nrice\n"),
        ("topics.json", b"[]"),
        ("topics.json", (TOPICS % '{"topic": 0, "npmi": null}').encode()),
        ("topics.json", (TOPICS % '{"topic": 0, "npmi": 0.1}, {"topic": 1, "npmi": 1.1}').encode()),
        ("topics.json", (TOPICS % '{"topic": 0, "npmi": 0.1}, {"topic": 0, "npmi": 0.1}').encode()),
    ],
)
def test_contents_that_no_training_leaves_are_refused(folder, name, content):
    (folder / name).write_bytes(content if isinstance(content, bytes) else saved(content))
    reseal(folder)
    refusal(folder, name)
