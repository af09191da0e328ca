"""Models of scikit-learn and gensim: their own answers come back, and other files are refused."""

import pickle
import re
import warnings
import zipfile

import numpy as np
import pytest
from scipy.special import psi
from sklearn.decomposition import LatentDirichletAllocation
from sklearn.feature_extraction.text import CountVectorizer

from lda_cli.config import load_config
from lda_cli.engine import memory
from lda_cli.errors import CorpusError
from lda_cli.importing import gensim, sklearn
from lda_cli.importing.made import Imported, import_model
from lda_cli.model import store
from tests.helpers.themes import theme_documents

TEXTS = list(theme_documents().values())
NEW = [
    "Moon and orbit, the sail of a boat",
    "rice onion rice moon",
    "nothing that is known: xylophone",
    *TEXTS,
]


def imported(kind: str, source: object, *overrides: str) -> Imported:
    def configure(base, certain):
        return load_config(overrides=overrides, options=certain, base=base, environ={})

    model = str(source) + ".model"
    return import_model(kind, str(source), model, configure)


def written_by(recipe, folder, **names):
    """Run a recipe as a user does, in `folder`."""
    assert recipe.startswith('numpy.savez("lda.npz", ')
    code = recipe.replace('"lda.npz"', "path")
    path = folder / "lda.npz"
    exec(code, {"numpy": np, "path": path, **names})
    return path


@pytest.fixture(scope="module")
def of_sklearn():
    vectorizer = CountVectorizer()
    counts = vectorizer.fit_transform(TEXTS)
    lda = LatentDirichletAllocation(3, doc_topic_prior=0.5, max_iter=30, random_state=0).fit(counts)
    lda.mean_change_tol, lda.max_doc_update_iter = 1e-9, 10_000  # as far as it goes
    return vectorizer, lda


def test_infer_equals_the_transform_of_sklearn(of_sklearn, tmp_path):
    vectorizer, lda = of_sklearn
    made = imported("sklearn", written_by(sklearn.TOOL.recipe, tmp_path, lda=lda, vectorizer=vectorizer))
    counts = vectorizer.transform(NEW)
    expected = lda.transform(counts)
    found = list(made.model.infer(NEW))
    assert np.array([document.theta for document in found]) == pytest.approx(expected, abs=1e-4)
    assert [document.tokens for document in found] == vectorizer.transform(NEW).sum(axis=1).ravel().tolist()[
        0
    ]
    assert made.model.alpha.tolist() == [0.5] * 3
    assert made.model.eta == pytest.approx(1 / 3)
    assert made.warnings == ()
    store.verify(tmp_path / "lda.npz.model")


def test_counts_are_those_that_sklearn_expects(of_sklearn, tmp_path):
    vectorizer, lda = of_sklearn
    model = imported(
        "sklearn", written_by(sklearn.TOOL.recipe, tmp_path, lda=lda, vectorizer=vectorizer)
    ).model
    counts = vectorizer.transform(TEXTS)
    assert model.term_counts[:, 0].tolist() == counts.sum(axis=0).ravel().tolist()[0]
    assert model.topic_counts.sum() == pytest.approx(counts.sum())
    assert not model.term_counts[:, 1].any()


def test_infer_equals_the_inference_of_gensim(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what gensim imports
        package = pytest.importorskip("gensim")
        words = [package.utils.simple_preprocess(text) for text in TEXTS]
        dictionary = package.corpora.Dictionary(words)
        # in float32, gensim adds 1e-7 to the probability of each word, which is more than some have
        lda = package.models.LdaModel(
            [dictionary.doc2bow(each) for each in words],
            num_topics=3,
            id2word=dictionary,
            alpha=[0.4, 0.5, 0.6],
            eta=0.2,
            passes=30,
            random_state=0,
            dtype=np.float64,
        )
        lda.iterations, lda.gamma_threshold = 10_000, 1e-9
        gamma, _ = lda.inference([dictionary.doc2bow(package.utils.simple_preprocess(text)) for text in NEW])
    made = imported("gensim", written_by(gensim.TOOL.recipe, tmp_path, lda=lda))
    found = np.array([document.theta for document in made.model.infer(NEW)])
    assert found == pytest.approx(gamma / gamma.sum(axis=1, keepdims=True), abs=1e-4)
    assert made.model.alpha == pytest.approx([0.4, 0.5, 0.6])
    assert made.model.eta == pytest.approx(0.2)
    assert made.model.imported == "gensim"


def test_what_the_e_step_has_may_be_given_and_wins(tmp_path):
    # as lda-cli exports a model of its own, whose E-step has Phi itself
    phi = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    posterior = phi * [[300], [100]]
    given = phi / phi.max(axis=0)
    source = npz(tmp_path, components_=posterior, exp_dirichlet_component_=given, topic_word_prior_=0.01)
    assert imported("sklearn", source).model.phi == pytest.approx(phi, rel=1e-6)


def test_folder_of_arrays_and_a_dictionary_is_read_as_gensim(tmp_path):
    folder = tmp_path / "g"
    folder.mkdir()
    posterior = np.array([[20.2, 10.2, 0.2], [0.2, 3.2, 40.2]])
    np.save(folder / "lambda.npy", posterior)
    np.save(folder / "alpha.npy", np.array([0.1, 0.3]))
    np.save(folder / "eta.npy", np.array(0.2))
    (folder / "dictionary.txt").write_text("9\n1\torbit\t5\n0\tmoon\t3\n2\trice\t4\n")
    model = imported("gensim", folder).model
    assert model.vocabulary == ("moon", "orbit", "rice")
    assert model.alpha.tolist() == [0.1, 0.3]
    assert model.term_counts[:, 0].tolist() == [20, 13, 40]
    weights = np.exp(psi(posterior) - psi(posterior.sum(axis=1))[:, None])
    assert model.phi / model.phi.sum(axis=0) == pytest.approx(weights / weights.sum(axis=0), rel=1e-5)
    np.save(folder / "lambda.npy", posterior.astype(object))
    with pytest.raises(CorpusError, match=r"lambda.npy: this file: holds Python objects"):
        import_again(folder)


def import_again(folder):
    return import_model("gensim", str(folder), str(folder) + ".again", lambda base, certain: base)


ARRAYS = {
    "components_": np.array([[20.0, 10.0, 0.5], [0.5, 3.0, 40.0]]),
    "feature_names": np.array(["moon", "orbit", "rice"]),
    "doc_topic_prior_": 0.5,
    "topic_word_prior_": 0.5,
}


def npz(folder, **changes):
    arrays = {name: value for name, value in (ARRAYS | changes).items() if value is not None}
    np.savez(folder / "lda.npz", **arrays)
    return folder / "lda.npz"


def test_priors_may_be_missing(tmp_path):
    made = imported("sklearn", npz(tmp_path, doc_topic_prior_=None, topic_word_prior_=None))
    assert made.model.alpha.tolist() == [0.5, 0.5]
    assert "assumed, scikit-learn's default" in made.told


def test_terms_may_be_bytes(tmp_path):
    terms = np.array(["moon", "Öl".lower(), "rice"])
    made = imported("sklearn", npz(tmp_path, feature_names=np.char.encode(terms, "utf-8")))
    assert made.model.vocabulary == ("moon", "öl", "rice")


def test_topic_without_words_is_told_of(tmp_path):
    posterior = np.full((2, 30), 0.001)
    posterior[0] += np.arange(1, 31)
    names = np.array([f"w{chr(97 + n)}" for n in range(26)] + ["xa", "xb", "xc", "xd"])
    made = imported(
        "sklearn", npz(tmp_path, components_=posterior, feature_names=names, topic_word_prior_=0.001)
    )
    assert [warning.partition(",")[0] for warning in made.warnings] == ["a topic has next to no words"]
    assert made.model.phi.sum(axis=1) == pytest.approx(1)


C = ARRAYS["components_"]
WRONG = {
    "no lambda": ({"components_": None}, "has no array components_; write an .npz file by: numpy.savez("),
    "objects": (
        {"feature_names": np.array(["moon", "orbit", 1], object)},
        "feature_names: holds Python objects",
    ),
    "None": ({"doc_topic_prior_": np.array(None)}, "doc_topic_prior_: holds Python objects"),
    "fewer terms": (
        {"feature_names": np.array(["moon", "rice"])},
        "2 rows of 3 numbers, but feature_names has 2",
    ),
    "numbers as terms": ({"feature_names": np.arange(3)}, "feature_names: must be one row of words"),
    "a term twice": ({"feature_names": np.array(["moon", "moon", "rice"])}, "'moon' is there twice"),
    "an empty term": ({"feature_names": np.array(["moon", "", "rice"])}, "term '' is empty"),
    "a line break": ({"feature_names": np.array(["moon", "a\nb", "rice"])}, "has a line break"),
    "one topic": ({"components_": C[:1]}, "1 topic"),
    "one row": ({"components_": C[0]}, "must be numbers of topics by terms"),
    "text": ({"components_": C.astype(str)}, "must be numbers of topics by terms"),
    "dates": ({"components_": C.astype("M8[s]")}, "neither numbers nor text"),
    "nan": ({"components_": C * [1, 1, np.nan]}, "not above 0"),
    "negative": ({"components_": -C}, "not above 0"),
    "zero": ({"components_": C * [1, 1, 0]}, "not above 0"),
    "probabilities": ({"components_": C / C.sum(axis=1, keepdims=True)}, "its rows sum to one"),
    "alpha of another K": ({"doc_topic_prior_": np.ones(3)}, "3 numbers of alpha for 2 topics"),
    "negative alpha": ({"doc_topic_prior_": -1.0}, "alpha must be numbers from 0"),
    "alpha is text": ({"doc_topic_prior_": "symmetric"}, "alpha must be numbers"),
    "eta of another shape": ({"topic_word_prior_": np.ones(7)}, "does not fit"),
    "wrong weights": ({"exp_dirichlet_component_": C[:, :2]}, "as many as components_ has"),
    "negative weights": ({"exp_dirichlet_component_": -C}, "must be numbers of at least 0"),
    "no terms": ({"components_": C[:, :0], "feature_names": np.zeros(0, "U1")}, "has no terms"),
    "more tokens than a corpus has": ({"components_": C * 1e18}, "more than 9e+15 tokens"),
    "more than a float holds": ({"components_": C * 0 + 1e308}, "more than 9e+15 tokens"),
    "a huge eta": ({"topic_word_prior_": 1e300}, "eta must be numbers from 0 to 1e+06"),
    "negative eta": ({"topic_word_prior_": -1.0}, "eta must be numbers"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_arrays_are_refused_in_a_line(tmp_path, what):
    changes, said = WRONG[what]
    with pytest.raises(CorpusError, match=re.escape(said)) as error:
        imported("sklearn", npz(tmp_path, **changes))
    assert str(error.value).startswith(str(tmp_path / "lda.npz"))
    assert str(error.value).isprintable()


class Evil:
    def __reduce__(self):
        return print, ("it ran",)


@pytest.mark.parametrize("name", ["lda.pkl", "lda.model", "lda"])
@pytest.mark.parametrize("kind", ["gensim", "sklearn"])
def test_pickle_is_never_read_and_the_error_says_what_to_write(tmp_path, capsys, kind, name):
    (tmp_path / name).write_bytes(pickle.dumps(Evil()))
    recipe = {"gensim": gensim, "sklearn": sklearn}[kind].TOOL.recipe
    with pytest.raises(CorpusError, match="is a pickle, which is never read") as error:
        imported(kind, tmp_path / name)
    assert recipe in str(error.value)
    assert capsys.readouterr().out == ""


def test_what_is_no_npz_is_refused(tmp_path):
    np.save(tmp_path / "one.npy", C)
    (tmp_path / "text").write_text("topics\n")
    whole = npz(tmp_path).read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:-30])
    (tmp_path / "spoilt.npz").write_bytes(whole.replace(C.tobytes(), C.tobytes()[::-1]))
    (tmp_path / "folder").mkdir()
    for name, said in {
        "one.npy": "one array",
        "text": "no .npz file",
        "cut.npz": "damaged",
        "spoilt.npz": "damaged",
        "folder": "is a folder",
        "missing": "no such file",
    }.items():
        with pytest.raises(CorpusError, match=said) as error:
            imported("gensim" if name == "folder" else "sklearn", tmp_path / name)
        assert str(error.value).startswith(str(tmp_path / name))


@pytest.mark.parametrize(
    ("descr", "shape"),
    [
        ("<f8", (-1, -6)),
        ("<f8", (-2, -3)),
        ("<f8", (True, 6)),
        ("<f8", (1,) * 70 + (6,)),
        ("<f8", (0, 10**30)),
        ("<U0", (2, 3)),
        ("|S0", (2, 3)),
    ],
)
def test_header_of_an_impossible_array_is_refused(tmp_path, descr, shape):
    path = npz(tmp_path, components_=None)
    n_bytes = 48 if np.dtype(descr).itemsize and 0 not in shape else 0
    with zipfile.ZipFile(path, "a") as archive, archive.open("components_.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": descr, "fortran_order": False, "shape": shape})
        member.write(bytes(n_bytes))
    with pytest.raises(CorpusError, match=r"lda\.npz: components_: is not an array"):
        imported("sklearn", path)


def test_header_that_promises_more_than_memory_holds_is_refused_before_anything_is_allocated(tmp_path):
    path = npz(tmp_path, components_=None)
    with zipfile.ZipFile(path, "a") as archive, archive.open("components_.npy", "w") as stream:
        header = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}
        np.lib.format.write_array_header_1_0(stream, header)
    with pytest.raises(CorpusError, match="GB of memory"):
        imported("sklearn", path)


def test_more_than_memory_holds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "of_machine", lambda: 200.0)
    with pytest.raises(CorpusError, match="2 topics of 3 terms need"):
        imported("sklearn", npz(tmp_path))
