"""From lambda, alpha and eta of scikit-learn or gensim to what an import makes of them."""

import os
from collections.abc import Mapping
from io import BufferedReader
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from ..config.schema import CorpusConfig
from ..corpus.documents.vocabulary_file import read_terms
from ..corpus.inputs.compression import read_to_the_end
from ..corpus.inputs.files import printable
from ..corpus.inputs.report import Report
from ..engine.arrays import Float64
from ..engine.from_lambda import BYTES_A_CELL, phi_of
from .found import (
    LARGEST_PRIOR,
    Files,
    Found,
    at_least_two,
    check_room,
    checked_alpha,
    checked_terms,
    complaints,
    occurrences_of,
    wrong,
)
from .npz import Arrays, read_array, read_arrays

_DICTIONARY = "dictionary.txt"
_OF_ONE_MODEL = "give those of one model"
_OTHER_ANSWERS = (
    "a topic has next to no words, so that Phi cannot hold exp(E[log Phi]) exactly: "
    "infer gives other topics than {tool} does"
)


class Tool(NamedTuple):
    """A tool whose models are posteriors.

    name, recipe : for people: its name, and the Python that writes its arrays
    posterior, terms, alpha, eta : the names of the arrays; those of alpha and eta may be missing
    in_e_step : that of exp(E[log Phi]), which the tool's E-step has; by default it follows from lambda
    folder : the files of these arrays in a folder, but for the terms, which are in dictionary.txt
    """

    name: str
    recipe: str
    posterior: str
    terms: str
    alpha: str
    eta: str
    in_e_step: str
    folder: Mapping[str, str] = {}


def read(path: str, tool: Tool, files: Files) -> Found:
    """Return the model of an .npz file that the recipe of a tool wrote, or of a folder.

    lambda is (K, V), the terms are (V,) texts, alpha is a number or K numbers, eta a number, V or K x V
    numbers. Raises CorpusError for any other file, and for arrays that do not fit or are no posterior.
    """
    needed, optional = (tool.posterior, tool.terms), (tool.alpha, tool.eta, tool.in_e_step)
    if tool.folder and os.path.lexists(os.path.join(path, _DICTIONARY)):
        arrays = _of_folder(path, tool, files)
    else:
        arrays = read_arrays(path, needed, optional, tool.recipe, files)
    with complaints(path):
        return _found(path, tool, arrays, files)


def _of_folder(path: str, tool: Tool, files: Files) -> Arrays:
    """Return the arrays of a folder of .npy files, as `lda-cli export gensim` writes it."""
    found: dict[str, npt.NDArray[Any]] = {}
    for name, file in tool.folder.items():
        place = os.path.join(path, file)
        if name == tool.posterior or os.path.lexists(place):
            found[name] = read_array(place, tool.recipe, files)
    dictionary = os.path.join(path, _DICTIONARY)
    with files.opened(dictionary) as stream:
        read_to_the_end(cast(BufferedReader, stream))  # for the digest
    terms = read_terms(dictionary, CorpusConfig(), Report())
    found[tool.terms] = np.array(terms)
    return found


def _found(path: str, tool: Tool, arrays: Arrays, files: Files) -> Found:
    terms = checked_terms(_texts(arrays[tool.terms], tool.terms))
    posterior = _checked(arrays[tool.posterior], tool, len(terms))
    n_topics = len(posterior)
    alpha = arrays.get(tool.alpha)
    prior = _prior(arrays.get(tool.eta, np.array(1 / n_topics)), posterior)
    expected = (posterior - prior).clip(0)  # tokens of each term in each topic
    with np.errstate(over="ignore"):  # refused
        occurrences = occurrences_of(expected.sum(axis=0))
    in_e_step = arrays.get(tool.in_e_step)
    phi, is_exact = phi_of(posterior, None if in_e_step is None else _weights(in_e_step, posterior, tool))
    return Found(
        source=printable(os.path.basename(os.path.normpath(path))),
        phi=phi.astype(np.float32),
        terms=terms,
        alpha=None if alpha is None else checked_alpha(alpha, n_topics),
        alpha_sum=1.0,
        eta=float(np.mean(prior)),
        occurrences=occurrences,
        topic_counts=expected.sum(axis=1),
        fingerprint=files.digest.hexdigest(),
        warnings=() if is_exact else (_OTHER_ANSWERS.format(tool=tool.name),),
    )


def _texts(terms: npt.NDArray[Any], name: str) -> list[str]:
    """Return an array of texts as a list. Raises InputError."""
    if terms.ndim != 1 or terms.dtype.kind not in "US":
        raise wrong(f"{name}: must be one row of words, not {terms.shape} of type {terms.dtype}")
    try:
        texts = terms.tolist() if terms.dtype.kind == "U" else [term.decode() for term in terms.tolist()]
        for term in texts:
            term.encode()  # not with half of a surrogate pair
    except (UnicodeError, ValueError):  # ValueError: a number beyond Unicode
        raise wrong(f"{name}: not valid text") from None
    return texts


def _checked(posterior: npt.NDArray[Any], tool: Tool, n_terms: int) -> Float64:
    """Return lambda as float64. Raises InputError."""
    name = tool.posterior
    if posterior.ndim != 2 or posterior.dtype.kind not in "fiu":
        raise wrong(f"{name}: must be numbers of topics by terms, not {posterior.shape}")
    if posterior.shape[1] != n_terms:
        sizes = f"{posterior.shape[0]} rows of {posterior.shape[1]} numbers"
        raise wrong(f"{name}: has {sizes}, but {tool.terms} has {n_terms} words", remedy=_OF_ONE_MODEL)
    at_least_two(len(posterior))
    check_room(len(posterior), n_terms, BYTES_A_CELL)
    weights = posterior.astype(np.float64)
    if not np.all(np.isfinite(weights) & (weights > 0)):
        raise wrong(f"{name}: has numbers that are not above 0; is it of another kind of model?")
    with np.errstate(over="ignore"):
        sizes = weights.sum(axis=1)
    if np.allclose(sizes, 1, atol=1e-3):
        raise wrong(f"{name}: its rows sum to one; give what they were before they were divided")
    return weights


def _weights(in_e_step: npt.NDArray[Any], posterior: Float64, tool: Tool) -> Float64:
    """Return exp(E[log Phi]) of the files as float64. Raises InputError."""
    name = tool.in_e_step
    if in_e_step.shape != posterior.shape or in_e_step.dtype.kind != "f":
        raise wrong(f"{name}: must be numbers, as many as {tool.posterior} has", remedy=_OF_ONE_MODEL)
    weights = in_e_step.astype(np.float64)
    if not np.all(np.isfinite(weights) & (weights >= 0)) or not weights.any(axis=0).all():
        raise wrong(f"{name}: must be numbers of at least 0, and above 0 in some topic for each term")
    return weights


def _prior(prior: npt.NDArray[Any], posterior: Float64) -> Float64:
    """Return eta as float64, in its own shape, which fits lambda. Raises InputError."""
    if prior.dtype.kind not in "fiu" or not np.all((prior >= 0) & (prior <= LARGEST_PRIOR)):
        raise wrong(f"eta must be numbers from 0 to {LARGEST_PRIOR:.0e}")
    try:
        np.broadcast_to(prior, posterior.shape)
    except ValueError:
        raise wrong(f"eta has the shape {prior.shape}, which does not fit {posterior.shape}") from None
    return prior.astype(np.float64)
