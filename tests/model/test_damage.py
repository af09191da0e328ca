"""A damaged or forged model directory: always a line that names the file, never a wrong model or a crash."""

import io
import json
import os
import pickle
import shutil
import tracemalloc

import numpy as np
import pytest

from lda_cli.errors import ModelError
from lda_cli.model import description, store
from tests.failing import message_of, ordinary_user
from tests.models import FILES, assert_same, random_model, reseal, save, small_model

ARRAYS = {"phi.npy", "theta.npy", "term_counts.npy", "topic_counts.npy"}


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


def topics_told(*npmi, coherence="npmi over documents, 10 words"):
    """A topics.json with such texts for numbers."""
    topics = ", ".join(f'{{"topic": {number}, "npmi": {value}}}' for number, value in enumerate(npmi))
    return f'{{"coherence": "{coherence}", "topics": [{topics}]}}'


def test_a_pipe_is_refused_and_never_waited_for(folder):
    for name in FILES:
        (folder / name).rename(folder / "kept")
        os.mkfifo(folder / name)
        assert "cannot be read: " in refusal(folder, name)
        (folder / "kept").replace(folder / name)


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


DAMAGE = {
    "one byte shorter": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "one byte longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "first byte altered": lambda path: path.write_bytes(b"\xff" + path.read_bytes()[1:]),
    "last byte altered": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xff"),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", sorted(FILES - {"model.json"}))
def test_a_damaged_file_is_refused_by_name(folder, name, how):
    DAMAGE[how](folder / name)
    refusal(folder, name)


def test_a_file_of_another_model_is_refused_by_name(folder):
    other = save(random_model(["moon", "orbit", "rice"]), folder.with_name("other"))
    shutil.copy(other / "phi.npy", folder / "phi.npy")
    refusal(folder, "phi.npy")


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_description_is_refused(folder, how):
    DAMAGE[how](folder / "model.json")
    refusal(folder)


def test_no_model_is_told_from_a_folder_that_is_none(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path / "nowhere").endswith(
        f"nowhere: there is no model; train one with lda-cli train --model {tmp_path / 'nowhere'}"
    )
    assert "there is no model" in refusal(tmp_path / "file")
    assert refusal(tmp_path / "empty").endswith("empty: is not a model, it has no model.json")


def test_a_model_that_may_not_be_read_is_refused(folder):
    # a traceback before: is_dir() raises where a folder above may not be searched
    folder.parent.chmod(0)
    with ordinary_user():
        assert "cannot be read: permission denied" in refusal(folder)
    folder.parent.chmod(0o700)


def test_a_newer_format_is_told_from_damage(folder):
    reseal(folder, lambda data: data.update(format=2))
    assert "is of format 2, and this lda-cli" in refusal(folder)
    assert "use a newer lda-cli" in refusal(folder)


@pytest.mark.parametrize("made_by_format", ["1", 0, None])
def test_a_format_that_there_never_was_is_damage(folder, made_by_format):
    reseal(folder, lambda data: data.update(format=made_by_format))
    refusal(folder, "model.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "[" * 10**5, "\0", "é"])
def test_a_description_that_describes_nothing_is_refused(folder, text):
    (folder / "model.json").write_text(text)
    refusal(folder, "model.json")


def without(*keys):
    def edit(data):
        for key in keys[:-1]:
            data = data[key]
        del data[keys[-1]]

    return edit


def with_value(value, *keys):
    def edit(data):
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = value

    return edit


FORGED_DESCRIPTIONS = {
    "no sizes": without("sizes"),
    "no alpha": without("alpha"),
    "no checksum of phi": without("files", "phi.npy"),
    "a checksum of a stranger": with_value("0", "files", "../secret"),
    "an unknown setting": with_value(1, "config", "colour"),
    "an impossible setting": with_value(1, "config", "model", "topics"),
    "a config that is a list": with_value(["x"], "config"),
    "a config nested too deep": with_value(json.loads("[" * 300 + "]" * 300), "config", "corpus"),
    "a size that is a word": with_value("many", "sizes", "topics"),
    "a size that is no number": with_value(float("nan"), "sizes", "terms"),
    "negative documents": with_value(-2, "sizes", "documents"),
    "huge topics": with_value(2**62, "sizes", "topics"),
    "other tokens": with_value(13, "sizes", "tokens"),
    "nothing removed": with_value({"found": {"terms": 3, "tokens": 12}}, "vocabulary"),
    "alpha of zero": with_value([0.1, 0], "alpha"),
    "alpha that is no number": with_value([0.1, float("nan")], "alpha"),
    "alpha beyond float32": with_value([0.1, 3.5e38], "alpha"),
    "too long an alpha": with_value([0.1, 0.1, 0.1], "alpha"),
    "alpha of words": with_value(["a", "b"], "alpha"),
    "alpha of uneven lists": with_value([[0.1], [0.1, 0.2]], "alpha"),
    "negative eta": with_value(-0.5, "eta"),
    "eta that is no number": with_value(float("nan"), "eta"),
    "stop words from a file": with_value("/etc/passwd", "config", "vocabulary", "stop_words"),
    "more stop words from a file": with_value("words", "config", "vocabulary", "extra_stop_words"),
}


@pytest.mark.parametrize("what", FORGED_DESCRIPTIONS)
def test_a_forged_description_is_refused(folder, what):
    reseal(folder, FORGED_DESCRIPTIONS[what])
    refusal(folder)


def npy(header, data=b"", version=b"\x01\x00"):
    text = str(header).encode("latin-1") + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


def shaped(array, descr=None, order=False, shape=None):
    header = {
        "descr": descr or array.dtype.str,
        "fortran_order": order,
        "shape": array.shape if shape is None else shape,
    }
    return npy(header, array.tobytes())


def saved(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


FORGED_ARRAYS = {
    "another type": lambda array: saved(array.astype(">f2")),
    "the other byte order": lambda array: saved(array.astype(array.dtype.newbyteorder(">"))),
    "another shape": lambda array: saved(array.reshape(-1, 1, 1)),
    "Fortran order": lambda array: shaped(array, order=True),
    "a pickle in it": lambda array: saved(array.astype(object), allow_pickle=True),
    "a pickle": pickle.dumps,
    "a huge shape": lambda array: shaped(array, shape=(2**40, 2**40)),
    "a negative shape": lambda array: shaped(array, shape=(-1,)),
    "numbers left out": lambda array: shaped(array)[:-4],
    "numbers too many": lambda array: shaped(array) + b"\0" * 4,
    "version 2": lambda array: saved(array, version=(2, 0)),
    "a header of 4 GiB": lambda array: b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + shaped(array)[10:],
    "no header": lambda array: b"\x93NUMPY\x01\x00",
    "a header cut short": lambda array: npy("{'descr': '<f4', 'shape': ("),
    "a header of code": lambda array: npy("__import__('os').system('false')"),
    "nothing": lambda array: b"",
}


@pytest.mark.parametrize("how", FORGED_ARRAYS)
@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_a_forged_array_is_refused_before_anything_is_allocated(folder, name, how):
    path = folder / name
    path.write_bytes(FORGED_ARRAYS[how](np.load(path)))
    reseal(folder)
    tracemalloc.start()
    try:
        refusal(folder, name)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("phi.npy", np.array([[np.nan, 0.3, 0.2], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[0.5, 0.3, 0.1], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[1.5, -0.3, -0.2], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[0.5, 0.0, 0.5], [0.3, 0.0, 0.7]], np.float32)),
        ("term_counts.npy", np.array([[3, 1], [-4, 1], [13, 1]])),
        ("term_counts.npy", np.array([[2, 1], [4, 1], [5, 1]])),
        ("topic_counts.npy", np.array([1.0, np.nan])),
        ("topic_counts.npy", np.array([1.0, -1.0])),
    ],
)
def test_numbers_that_no_training_leaves_are_refused(folder, name, array):
    np.save(folder / name, array)
    reseal(folder)
    refusal(folder, name)


@pytest.mark.parametrize(
    "text",
    [b"", b"moon\norbit\n", b"moon\norbit\norbit\n", b"moon\norbit\nrice\nsun\n", b"moon\n\xff\nrice\n"],
)
def test_a_vocabulary_that_does_not_fit_phi_is_refused(folder, text):
    (folder / "vocabulary.txt").write_bytes(text)
    reseal(folder)
    refusal(folder, "vocabulary.txt")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"coherence": "npmi over documents, 10 words"}',
        topics_told("null", coherence="umass"),
        topics_told("null"),
        *(topics_told("0.1", npmi) for npmi in ("1.1", "NaN", '"0.1"')),
        topics_told("null", "0.1").replace('"topic": 1', '"topic": 0'),
    ],
)
def test_topics_that_make_no_sense_are_refused(folder, text):
    (folder / "topics.json").write_text(text)
    reseal(folder)
    refusal(folder, "topics.json")
