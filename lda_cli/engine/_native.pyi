"""Types of the compiled kernel, float32 only. _numpy.py documents the functions.

Each raises ValueError or TypeError, with the name of the argument, for an array that does not fit or an
index that is outside; and MemoryError.
"""

from .arrays import Float32, Float64, Int32, Int64

INSTRUCTIONS: str  # the name of the instruction set that was chosen at import

def use(instructions: str, /) -> bool: ...
def e_step(
    docs: Int64,
    indptr: Int64,
    indices: Int32,
    counts: Int32,
    term_weights: Float32,
    alpha: Float32,
    alpha_rows: Int32 | None,
    gamma: Float32,
    weights: Float32,
    ratio: Float32,
    power: float,
    tolerance: float,
    max_iterations: int,
    /,
) -> None: ...
def collapsed_step(
    docs: Int64,
    indptr: Int64,
    indices: Int32,
    counts: Int32,
    term_weights: Float32,
    alpha: Float32,
    alpha_rows: Int32 | None,
    gamma: Float32,
    shares: Float32,
    terms: Float64,
    power: float,
    tolerance: float,
    max_iterations: int,
    /,
) -> None: ...
def document_terms(
    docs: Int64,
    indptr: Int64,
    counts: Int32,
    alpha: Float32,
    alpha_rows: Int32 | None,
    gamma: Float32,
    weights: Float32,
    ratio: Float32,
    terms: Float64,
    log_theta: Float64,
    /,
) -> None: ...
def minibatch_phi(
    first: int,
    last: int,
    terms: Int64,
    sstats: Float64,
    contribution: Float32,
    start: Float32 | None,
    share: float,
    leave_out: bool,
    eta: float,
    scale: Float32,
    normaliser: Float32 | None,
    strength: Float32 | None,
    power: float,
    term_weights: Float32,
    /,
) -> None: ...
def update_sstats(
    first: int,
    last: int,
    starts: Int64,
    docs: Int32,
    places: Int32,
    terms: Int64,
    ratio: Float32 | None,
    weights: Float32 | None,
    shares: Float32 | None,
    live_starts: Int64 | None,
    live_topics: Int32 | None,
    live_weights: Float32 | None,
    term_weights: Float32,
    power: float,
    relaxation: float,
    contribution: Float32,
    sstats: Float64,
    change: Float64,
    /,
) -> float: ...
def left_to_right(
    docs: Int64,
    indptr: Int64,
    indices: Int32,
    streams: Int64,
    phi: Float32,
    alpha: Float32,
    p: Float64,
    influence: Float64,
    n_resampled: int,
    /,
) -> None: ...
