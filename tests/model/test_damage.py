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
from tests.failing import message_of, ordinary_user
from tests.models import FILES, assert_same, reseal, save, small_model

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


NO_FILES = {
    "a pipe": lambda path: os.mkfifo(path, 0o600),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a circle": lambda path: path.symlink_to(path.name),
}


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders")
@pytest.mark.parametrize("what", NO_FILES)
@pytest.mark.parametrize("name", ["model.json", "phi.npy"])
def test_what_is_no_file_is_refused_and_never_waited_for(folder, name, what):
    (folder / name).unlink()
    NO_FILES[what](folder / name)
    assert "cannot be read: " in refusal(folder, name)


def test_a_link_to_a_file_is_as_good_as_the_file(folder):
    (folder / "phi.npy").rename(folder.parent / "phi.npy")
    (folder / "phi.npy").symlink_to("../phi.npy")
    assert_same(store.load(folder), small_model())


def test_a_description_too_large_to_be_one_is_refused_unread(folder):
    os.truncate(folder / "model.json", description.BYTES_AT_MOST + 1)
    tracemalloc.start()
    try:
        assert "it is larger than" in refusal(folder, "model.json")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80])
def test_any_byte_of_the_description_may_flip_and_no_other_model_is_loaded(folder, flip):
    path = folder / "model.json"
    whole = path.read_bytes()
    with open(path, "r+b", buffering=0) as file:
        for place, byte in enumerate(whole):
            os.pwrite(file.fileno(), bytes([byte ^ flip]), place)
            with message_of(ModelError) as messages:
                assert_same(store.load(folder), small_model())
            assert all(message.startswith(str(folder)) and message.isprintable() for message in messages)
            os.pwrite(file.fileno(), bytes([byte]), place)


DAMAGE = {
    "one byte shorter": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "last byte altered": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xff"),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "of another file": lambda path: shutil.copy(path.parent / "model.json", path),
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", sorted(FILES - {"model.json"}))
def test_a_damaged_file_is_refused_by_name(folder, name, how):
    DAMAGE[how](folder / name)
    refusal(folder, name)


@pytest.mark.parametrize("how", [how for how in DAMAGE if how != "of another file"])
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
    assert refusal(tmp_path / "empty").endswith("empty: is not a model: it has no model.json")


def test_a_model_that_may_not_be_read_is_refused(folder):
    # a traceback before: is_dir() raises where a folder above may not be searched
    folder.parent.chmod(0)
    with ordinary_user():
        assert "cannot be read: permission denied" in refusal(folder)
    folder.parent.chmod(0o700)


@pytest.mark.parametrize("made_by_format", [2, 3, 10**9])
def test_a_newer_format_is_told_from_damage(folder, made_by_format):
    reseal(folder, lambda data: data.update(format=made_by_format))
    assert f"has format {made_by_format}, and this lda-cli" in refusal(folder)
    assert "use a newer lda-cli" in refusal(folder)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", '"format"', "7", "{}", '{"format": 1}', "[" * 10**5, '{"format":' * 10**5, "\0", "é"],
)
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
    "no eta": without("eta"),
    "no config": without("config"),
    "no checksum of phi": without("files", "phi.npy"),
    "a checksum of a stranger": with_value("0", "files", "../secret"),
    "an unknown setting": with_value(1, "config", "colour"),
    "an impossible setting": with_value(1, "config", "model", "topics"),
    "a size that is a word": with_value("many", "sizes", "topics"),
    "negative topics": with_value(-2, "sizes", "topics"),
    "huge topics": with_value(2**62, "sizes", "topics"),
    "other tokens": with_value(13, "sizes", "tokens"),
    "nothing removed": with_value({"found": {"terms": 3, "tokens": 12}}, "vocabulary"),
    "negative alpha": with_value([0.1, -0.1], "alpha"),
    "alpha of zero": with_value([0.1, 0], "alpha"),
    "alpha that is too large": with_value([0.1, 10**400], "alpha"),
    "too long an alpha": with_value([0.1, 0.1, 0.1], "alpha"),
    "alpha of words": with_value(["a", "b"], "alpha"),
    "negative eta": with_value(-0.5, "eta"),
    "eta that is no number": with_value(float("nan"), "eta"),
    "stop words from a file": with_value("/etc/passwd", "config", "vocabulary", "stop_words"),
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
    "numbers left out": lambda array: shaped(array)[:-4],
    "numbers too many": lambda array: shaped(array) + b"\0" * 4,
    "version 3": lambda array: saved(array, version=(3, 0)),
    "a header that promises more": lambda array: b"\x93NUMPY\x01\x00\xff\xff" + shaped(array)[10:],
    "a header of 4 GiB": lambda array: b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + shaped(array)[10:],
    "a header longer than NumPy reads": lambda array: npy("{" + " " * 20_000 + "}"),
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
        ("topic_counts.npy", np.array([1.0, np.inf])),
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
        topics_told("null", coherence="umass"),
        topics_told("null"),
        topics_told("0.1", "1.1"),
        topics_told("0.1", "NaN"),
        topics_told("null", "0.1").replace('"topic": 1', '"topic": 0'),
    ],
)
def test_topics_that_make_no_sense_are_refused(folder, text):
    (folder / "topics.json").write_text(text, errors="surrogateescape")
    reseal(folder)
    refusal(folder, "topics.json")
