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
@pytest.mark.parametrize("name", sorted(FILES))
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
    "one byte longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "first byte altered": lambda path: path.write_bytes(b"\xff" + path.read_bytes()[1:]),
    "last byte altered": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xff"),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a broken link": lambda path: (path.unlink(), path.symlink_to("nowhere")),
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


@pytest.mark.parametrize("made_by_format", ["1", 0, -1, None, [1], {"a": 1}, 1.5, 1e999])
def test_a_format_that_there_never_was_is_damage(folder, made_by_format):
    reseal(folder, lambda data: data.update(format=made_by_format))
    refusal(folder, "model.json")


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


def nested(depth):
    return json.loads("[" * depth + "]" * depth)


FORGED_DESCRIPTIONS = {
    "no sizes": without("sizes"),
    "no number of terms": without("sizes", "terms"),
    "no alpha": without("alpha"),
    "no eta": without("eta"),
    "no fingerprint": without("corpus_fingerprint"),
    "no config": without("config"),
    "no checksums": without("files"),
    "no checksum of phi": without("files", "phi.npy"),
    "a checksum of phrases": with_value("0", "files", "phrases.txt"),
    "a checksum of a stranger": with_value("0", "files", "../secret"),
    "an unknown setting": with_value(1, "config", "colour"),
    "an impossible setting": with_value(1, "config", "model", "topics"),
    "a config that is a list": with_value(["x"], "config"),
    "a config nested too deep": with_value(nested(300), "config", "corpus"),
    "sizes that are a list": with_value([2, 3, 2, 12], "sizes"),
    "a size that is a word": with_value("many", "sizes", "topics"),
    "a size that is null": with_value(None, "sizes", "terms"),
    "infinite size": with_value(float("inf"), "sizes", "terms"),
    "a size that is no number": with_value(float("nan"), "sizes", "terms"),
    "negative topics": with_value(-2, "sizes", "topics"),
    "negative terms": with_value(-3, "sizes", "terms"),
    "negative documents": with_value(-2, "sizes", "documents"),
    "huge topics": with_value(2**62, "sizes", "topics"),
    "huge terms": with_value(10**30, "sizes", "terms"),
    "other tokens": with_value(13, "sizes", "tokens"),
    "a vocabulary that is null": with_value(None, "vocabulary"),
    "nothing removed": with_value({"found": {"terms": 3, "tokens": 12}}, "vocabulary"),
    "negative alpha": with_value([0.1, -0.1], "alpha"),
    "alpha of zero": with_value([0.1, 0], "alpha"),
    "infinite alpha": with_value([0.1, float("inf")], "alpha"),
    "alpha that is no number": with_value([0.1, float("nan")], "alpha"),
    "alpha that is too large": with_value([0.1, 10**400], "alpha"),
    "alpha beyond float32": with_value([0.1, 3.5e38], "alpha"),
    "too long an alpha": with_value([0.1, 0.1, 0.1], "alpha"),
    "one alpha": with_value(0.1, "alpha"),
    "alpha of words": with_value(["a", "b"], "alpha"),
    "alpha of a mapping": with_value({"0": 0.1}, "alpha"),
    "alpha of uneven lists": with_value([[0.1], [0.1, 0.2]], "alpha"),
    "alpha nested too deep": with_value(nested(300), "alpha"),
    "negative eta": with_value(-0.5, "eta"),
    "eta that is no number": with_value(float("nan"), "eta"),
    "eta that is null": with_value(None, "eta"),
    "stop words from a file": with_value("/etc/passwd", "config", "vocabulary", "stop_words"),
    "more stop words from a file": with_value("words", "config", "vocabulary", "extra_stop_words"),
    "a million iterations": with_value(10**6, "config", "inference", "max_iterations"),
}


@pytest.mark.parametrize("what", FORGED_DESCRIPTIONS)
def test_a_forged_description_is_refused(folder, what):
    reseal(folder, FORGED_DESCRIPTIONS[what])
    refusal(folder)


def test_a_description_sealed_anew_without_a_change_is_taken(folder):
    reseal(folder)
    assert_same(store.load(folder), small_model())


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
    "a shape beyond any integer": lambda array: shaped(array, shape=(10**40,)),
    "a negative shape": lambda array: shaped(array, shape=(-1,)),
    "numbers left out": lambda array: shaped(array)[:-4],
    "numbers too many": lambda array: shaped(array) + b"\0" * 4,
    "version 2": lambda array: saved(array, version=(2, 0)),
    "version 3": lambda array: saved(array, version=(3, 0)),
    "a header that promises more": lambda array: b"\x93NUMPY\x01\x00\xff\xff" + shaped(array)[10:],
    "a header of 4 GiB": lambda array: b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + shaped(array)[10:],
    "version 9": lambda array: npy({}, version=b"\x09\x00"),
    "no header": lambda array: b"\x93NUMPY\x01\x00",
    "an empty header": lambda array: npy(""),
    "a header that is a list": lambda array: npy("[1, 2]"),
    "a header cut short": lambda array: npy("{'descr': '<f4', 'shape': ("),
    "a header of brackets": lambda array: npy("(" * 900),
    "a header longer than NumPy reads": lambda array: npy("{" + " " * 20_000 + "}"),
    "a header of code": lambda array: npy("__import__('os').system('false')"),
    "a header of a wild type": lambda array: shaped(array, descr=[("a", "<f4", (2**40,))]),
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
        ("phi.npy", np.array([[np.inf, 0.3, 0.2], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[np.inf, -np.inf, 0.2], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[0.5, 0.3, 0.1], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[1.5, -0.3, -0.2], [0.1, 0.2, 0.7]], np.float32)),
        ("phi.npy", np.array([[0.5, 0.0, 0.5], [0.3, 0.0, 0.7]], np.float32)),
        ("term_counts.npy", np.array([[3, 1], [-4, 1], [13, 1]])),
        ("term_counts.npy", np.array([[2, 1], [4, 1], [5, 1]])),
        ("topic_counts.npy", np.array([1.0, np.nan])),
        ("topic_counts.npy", np.array([1.0, np.inf])),
        ("topic_counts.npy", np.array([1.0, -1.0])),
        ("topic_counts.npy", np.array([np.inf, -np.inf])),
        ("topic_counts.npy", np.array([1e308, 1e308])),
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
        "\udcff",
        "[" * 100_000,
        "[]",
        '{"coherence": "npmi over documents, 10 words"}',
        topics_told("null", coherence="umass"),
        topics_told("null"),
        topics_told("null", "0.1", "0.1"),
        *(
            topics_told("0.1", npmi)
            for npmi in ("1.1", "-2", "NaN", "1e999", "1" * 5000, '"0.1"', "true", "[]")
        ),
        topics_told("null", "0.1").replace('"topic": 1', '"topic": 0'),
        topics_told("null", "0.1").replace('"topic": 1, ', ""),
    ],
)
def test_topics_that_make_no_sense_are_refused(folder, text):
    (folder / "topics.json").write_text(text, errors="surrogateescape")
    reseal(folder)
    refusal(folder, "topics.json")


@pytest.mark.parametrize(("n_topics", "n_terms"), [(0, 2**70), (0, 3), (2, 0), (1, 3)])
def test_a_model_of_no_size_is_refused(folder, n_topics, n_terms):
    kept = min(n_terms, 3)
    arrays = {
        "phi.npy": np.full((n_topics, kept), 1 / max(kept, 1), np.float32),
        "term_counts.npy": np.ones((kept, 2), np.int64),
        "topic_counts.npy": np.ones(n_topics),
        "theta.npy": np.ones((2, n_topics), np.float32),
    }
    for name, array in arrays.items():
        shape = tuple(n_terms if size == kept == 3 else size for size in array.shape)
        (folder / name).write_bytes(shaped(array, shape=shape))
    (folder / "vocabulary.txt").write_text("".join(f"{n}\n" for n in range(kept)))
    sizes = {"topics": n_topics, "terms": n_terms, "documents": 2, "tokens": kept}
    reseal(folder, lambda data: data.update(sizes=sizes, alpha=[0.1] * n_topics))
    refusal(folder)
