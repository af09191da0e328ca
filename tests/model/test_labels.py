"""labels.json: what is given comes back, belongs to one Phi, is whole or not there, and is checked."""

import dataclasses
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config.source import parse
from lda_cli.errors import ConfigError, ModelError, OutputError
from lda_cli.model import labels, store
from lda_cli.model.draft import draft
from lda_cli.model.labels import Label, from_yaml
from lda_cli.model.seal import sealed
from tests.helpers.failing import failing_call, message_of, names_in
from tests.helpers.models import FILES, assert_same, random_model, reseal, save, small_model

GIVEN = {0: Label("Space", note="two\nlines"), 1: Label(hide=True)}

texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Cf", "Zl", "Zp"]), max_size=30)
some_names = texts.filter(lambda name: name.strip() and not name.lstrip().startswith("~"))


@pytest.fixture
def folder(tmp_path):
    return save(small_model(), tmp_path / "model")


def put(folder, given):
    store.put_labels(folder, given, near=folder.parent / "near")


def place(line):
    return f"names.yaml:{line}" if line else "names.yaml"


def read(text, n_topics=3):
    return from_yaml(parse(text, place), place, n_topics)


def test_labels_come_back_and_the_model_is_untouched(folder):
    before = {name: (folder / name).read_bytes() for name in FILES}
    put(folder, GIVEN)
    assert store.load(folder).labels == GIVEN
    assert_same(store.load(folder), small_model())
    assert names_in(folder) == FILES | {"labels.json"}
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    assert store.verify(folder)["labels.json"] == (folder / "labels.json").stat().st_size
    assert store.is_there(folder)
    put(folder, {})
    assert names_in(folder) == FILES
    put(folder, {})
    assert store.load(folder).labels == {}


def test_labels_are_saved_with_a_model(tmp_path):
    folder = save(dataclasses.replace(small_model(), labels=GIVEN), tmp_path / "model")
    assert store.load(folder).labels == GIVEN


def test_same_labels_are_the_same_bytes(folder):
    put(folder, GIVEN)
    before = (folder / "labels.json").read_bytes()
    put(folder, dict(reversed(GIVEN.items())))
    assert (folder / "labels.json").read_bytes() == before


def test_labels_that_cannot_be_written_leave_those_that_were_there(folder):
    put(folder, GIVEN)
    before = names_in(folder.parent)
    with (
        failing_call(os, "replace", 1) as failed,
        pytest.raises(OutputError, match=r"labels\.json: cannot be"),
    ):
        put(folder, {0: Label("Other")})
    assert failed
    assert store.load(folder).labels == GIVEN
    assert names_in(folder.parent) == before
    assert names_in(folder) == FILES | {"labels.json"}


def refusal(folder):
    with pytest.raises(ModelError) as error:
        store.load(folder)
    message = str(error.value)
    assert message.isprintable()
    assert message.startswith(str(folder / "labels.json"))
    return message


def test_any_byte_may_flip_and_no_other_label_is_loaded(folder):
    put(folder, GIVEN)
    path = folder / "labels.json"
    whole = path.read_bytes()
    for index in range(len(whole)):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 0x20]) + whole[index + 1 :])
        with message_of(ModelError) as messages:
            assert store.load(folder).labels == GIVEN
        assert all(message.startswith(f"{path}: ") and message.isprintable() for message in messages)


DAMAGE = {
    "one byte shorter": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path, 0o600)),
    "too large": lambda path: os.truncate(path, 1 << 40),
    "nested": lambda path: path.write_bytes(b"[" * 10**5),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_refused_and_never_waited_for(folder, how):
    put(folder, GIVEN)
    DAMAGE[how](folder / "labels.json")
    refusal(folder)
    with pytest.raises(ModelError):
        store.verify(folder)


def test_names_of_another_model_are_refused(folder, tmp_path):
    other = save(random_model(["moon", "orbit", "rice"]), tmp_path / "other")
    put(other, GIVEN)
    os.replace(other / "labels.json", folder / "labels.json")
    assert "its names are of another model; delete the file" in refusal(folder)


FORGED = [
    [],
    {},
    {"labels": None},
    {"labels": [3]},
    {"labels": [{"topic": 2, "name": "a"}]},
    {"labels": [{"topic": -1, "name": "a"}]},
    {"labels": [{"topic": True, "name": "a"}]},
    {"labels": [{"topic": "0", "name": "a"}]},
    {"labels": [{"topic": [], "name": "a"}]},
    {"labels": [{"name": "a"}]},
    {"labels": [{"topic": 0, "name": "a"}, {"topic": 0, "name": "b"}]},
    {"labels": [{"topic": 0, "name": "a"}, {"topic": 1, "name": "A"}]},
    {"labels": [{"topic": 0, "name": 3}]},
    {"labels": [{"topic": 0, "name": "\x1b[2J"}]},
    {"labels": [{"topic": 0, "hide": 1}]},
    {"labels": [{"topic": 0, "colour": "red"}]},
    {"labels": [{"topic": 0}]},
]


@pytest.mark.parametrize("content", FORGED, ids=str)
def test_forged_labels_are_refused(folder, content):
    phi = json.loads((folder / "model.json").read_text())["files"]["phi.npy"]
    data = {"phi_sha256": phi} | content if isinstance(content, dict) else {"x": content}
    (folder / "labels.json").write_bytes(sealed(data))
    refusal(folder)


def test_labels_are_no_files_of_the_description(folder):
    put(folder, GIVEN)
    reseal(folder, lambda data: data["files"].update({"labels.json": "0" * 64}))
    with pytest.raises(ModelError, match="unknown names"):
        store.load(folder)


def test_yaml_and_json_give_the_same_labels():
    found = read('0: Space\n1: {name: Food, note: "rice, mostly", hide: true}\n2: {hide: true}\n')
    assert found == {0: Label("Space"), 1: Label("Food", "rice, mostly", True), 2: Label(hide=True)}
    assert found == read(json.dumps({t: label._asdict() for t, label in found.items()}))
    assert read("{}") == {}


REFUSED = {
    "": "names.yaml: has no names; write {} to remove those of the model",
    "Space": "names.yaml: must be names by topic, such as 3: Sailing, not 'Space'",
    "[Space, Food]": "names.yaml: must be names by topic",
    "1: a\n3: b": 'names.yaml:2: there is no topic "3"; topics are 0 to 2',
    "-1: a": 'names.yaml:1: there is no topic "-1"',
    "1.0: a": 'names.yaml:1: there is no topic "1.0"',
    "٣: a": "names.yaml:1: there is no topic",
    "space: a": 'names.yaml:1: there is no topic "space"',
    "1: a\n\n1: b": 'names.yaml:3: key "1" is given twice, in lines 1 and 3; keep one',
    "1: a\n01: b": "names.yaml:2: topic 1: it is given twice; keep one",
    "1: a b\n2: A  b": 'names.yaml:2: topic 2: topic 1 has the name "A  b" too; names must differ',
    "1:": "names.yaml:1: topic 1: the name is empty",
    "1: ' '": "names.yaml:1: topic 1: the name is empty",
    "1: 1984": "names.yaml:1: topic 1: the name must be text, in quotes, not 1984",
    "1: true": "names.yaml:1: topic 1: the name must be text, in quotes, not true",
    "1: [a]": "names.yaml:1: topic 1: the name must be text, not ['a']",
    "1: {name: {a: b}}": "names.yaml:1: topic 1: the name must be text, not a mapping",
    "1: &a {name: *a}": "names.yaml:1: topic 1: the name must be text, not a mapping",
    f"1: {'a' * 101}": "names.yaml:1: topic 1: the name has 101 characters; 100 are allowed",
    '1: "a\\nb"': "names.yaml:1: topic 1: the name has the control character U+000A; remove it",
    '1: "a\\u202eb"': "names.yaml:1: topic 1: the name has the control character U+202E; remove it",
    "1: '~car'": "names.yaml:1: topic 1: a name must not begin with ~, which marks automatic names",
    "1: {}": "names.yaml:1: topic 1: it has no name; give one, or remove the line",
    "1: {hide: false}": "names.yaml:1: topic 1: it has no name",
    "1: {name: a, hide: yes}": "names.yaml:1: topic 1: hide must be true or false, not 'yes'",
    "1: {name: a, note: 3}": "names.yaml:1: topic 1: the note must be text, in quotes, not 3",
    "1: {nmae: a}": 'names.yaml:1: topic 1: unknown key "nmae"; did you mean "name"?',
    "1: !!python/object/apply:os.system [false]": "names.yaml:1: tag !!python/object/apply:os.system",
    "1: a: b": "names.yaml:1: is not YAML",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_label_is_refused_with_its_line(text):
    with pytest.raises(ConfigError) as error:
        read(text)
    assert str(error.value).startswith(REFUSED[text])
    assert str(error.value).isprintable()


@given(st.text(max_size=60))
def test_any_text_gives_labels_or_a_complaint(text):
    with message_of(ConfigError) as messages:
        assert set(read(text)) <= {0, 1, 2}
    assert all(message.startswith("names.yaml") and message.isprintable() for message in messages)


@given(
    st.lists(some_names, min_size=3, max_size=3, unique_by=labels.folded),
    st.none() | some_names.map(lambda note: note + "\n\t" + note),
    st.booleans(),
)
def test_a_draft_gives_back_the_labels_of_the_model(names, note, hide):
    given = {0: Label(names[0]), 2: Label(names[2], note, hide)}
    model = dataclasses.replace(random_model(["moon", "orbit"], n_topics=3), labels=given)
    assert read(draft(model, "my model")) == given


def test_a_draft_of_automatic_names_is_all_comments_and_each_is_a_name():
    hostile = ["\x1b[2J", "a\u202etxt", "d\u2028e", 'say "no"', "null", "#hash", "{x: y}", "\ufeffk"]
    model = random_model(hostile, n_topics=3)
    text = draft(model, "m\n")
    assert parse(text, place) is None
    assert text.replace("\n", "").isprintable()
    uncommented = "".join(line[1:] + "\n" for line in text.splitlines() if line[:2] in ("#0", "#1", "#2"))
    assert list(read(uncommented)) == [0, 1, 2]


def test_a_draft_names_the_documents_with_most_tokens_of_a_topic(folder):
    text = draft(store.load(folder), str(folder))
    first = text.split("# topic 1")[0].splitlines()
    assert [line for line in first if line.startswith("#   space") or line.startswith("#   kitchen")] == [
        "#   space/moon.txt (50% of 10 tokens)",
        "#   kitchen/rice.txt (50% of 2 tokens)",
    ]
