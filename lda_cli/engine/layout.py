"""Topics as points of a plane, so that similar ones are near each other: a map, from their distances.

Exact t-SNE (van der Maaten and Hinton 2008) that begins with classical scaling, so that nothing is random.
"""

import numpy as np

from .arrays import Float64

_LEAST_TOPICS = 5  # fewer are a line: t-SNE needs neighbours
_STEPS, _EXAGGERATED, _EXAGGERATION = 600, 100, 4.0
_BEGIN = 1e-2  # scale of the first points
_DIGITS = 9  # of the first points, so that the last bits of a processor do not grow
_GAIN_AT_LEAST = 0.01
_BISECTIONS = 60


def layout(distances: Float64) -> Float64:
    """Return a point for each topic: (K, 2) float64, centred, the largest coordinate 1 in size.

    distances : (K, K), symmetric, a metric

    Fewer than 5 topics are a line: their first coordinate of classical scaling.
    """
    n_topics = len(distances)
    points = classical(distances)
    if n_topics < _LEAST_TOPICS:
        points[:, 1] = 0
    else:
        points = t_sne(distances, points)
    points -= points.mean(axis=0)
    found: Float64 = points / (np.abs(points).max(initial=0) or 1)
    return found


def classical(distances: Float64) -> Float64:
    """Return the first two principal coordinates: (K, 2); the largest entry of each is positive."""
    squares = distances**2
    middle = squares.mean(axis=0)
    centred = -(squares - middle - middle[:, None] + middle.mean()) / 2
    values, vectors = np.linalg.eigh(centred)
    points = np.zeros((len(distances), 2))
    for axis, place in enumerate(np.argsort(-values)[:2]):
        column = vectors[:, place] * np.sqrt(max(values[place], 0))
        points[:, axis] = column * (-1 if column[np.abs(column).argmax()] < 0 else 1)
    return points


def t_sne(distances: Float64, begin: Float64) -> Float64:
    """Return the points of t-SNE after 600 steps, (K, 2), for 5 topics or more.

    begin : (K, 2), the first points, of any scale
    """
    n_topics = len(distances)
    perplexity = min(30.0, max(5.0, n_topics / 8), (n_topics - 1) / 2)
    p = _neighbours(distances**2, perplexity)
    p = (p + p.T) / (2 * n_topics)
    rate = max(n_topics / _EXAGGERATION / 4, 10.0)
    y = np.round(begin * (_BEGIN / (np.abs(begin).max() or 1)), _DIGITS)
    speed, gains = np.zeros_like(y), np.ones_like(y)
    for step in range(_STEPS):
        is_early = step < _EXAGGERATED
        gradient = _gradient(p * _EXAGGERATION if is_early else p, y)
        gains = np.where(np.sign(gradient) != np.sign(speed), gains + 0.2, gains * 0.8)
        np.maximum(gains, _GAIN_AT_LEAST, out=gains)
        speed = (0.5 if is_early else 0.8) * speed - rate * gains * gradient
        y = y + speed
        y -= y.mean(axis=0)
    return y


def _gradient(p: Float64, y: Float64) -> Float64:
    """Return 4 sum_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2): (K, 2).

    Sums of NumPy and not products of BLAS, whose last bits depend on the number of its threads.
    """
    across, down = (y[:, None, axis] - y[None, :, axis] for axis in (0, 1))
    near = 1 / (1 + across**2 + down**2)
    np.fill_diagonal(near, 0)
    force = 4 * (p - near / near.sum()) * near
    return np.stack([(force * across).sum(axis=1), (force * down).sum(axis=1)], axis=1)


def _neighbours(squares: Float64, perplexity: float) -> Float64:
    """Return p(j | i), as exp(-beta_i d_ij^2), with beta_i such that exp(entropy) is `perplexity`.

    squares : (K, K), squared distances
    """
    n = len(squares)
    others = squares + np.diag(np.full(n, np.inf))
    shifted = others - others.min(axis=1, keepdims=True)
    mean = squares.sum(axis=1) / (n - 1)
    low, high = np.full(n, -30.0), np.full(n, 30.0)  # of log(beta * mean)
    p = np.zeros_like(squares)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        beta = np.exp(middle) / np.where(mean > 0, mean, 1)
        p = np.exp(-np.where(np.isinf(shifted), np.inf, beta[:, None] * shifted))
        p /= p.sum(axis=1, keepdims=True)
        entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)
        is_wide = entropy > np.log(perplexity)
        low, high = np.where(is_wide, middle, low), np.where(is_wide, high, middle)
    return p


def trustworthiness(distances: Float64, points: Float64, n_neighbours: int = 5) -> float | None:
    """Return how far neighbours in the plane are neighbours in truth (Venna and Kaski 2001): 1 at best.

    1 - 2 / (K k (2 K - 3 k - 1)) sum_i sum_{j near i in the plane, not among its k nearest} (rank_ij - k)

    None for K below 2 k + 2, where the formula says nothing.
    """
    n, k = len(distances), n_neighbours
    if n < 2 * k + 2:
        return None
    ranks = np.empty((n, n), np.int64)
    rows = np.arange(n)[:, None]
    ranks[rows, _order(distances)] = np.arange(n)  # the topic itself has rank 0
    apart = np.hypot(*(points[:, None, axis] - points[None, :, axis] for axis in (0, 1)))
    near = _order(apart)[:, 1 : k + 1]
    beyond = np.maximum(ranks[rows, near] - k, 0).sum()
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * float(beyond)


def _order(distances: Float64) -> np.ndarray:
    """Return the others by distance from each topic, itself first: (K, K)."""
    own = distances.copy()
    np.fill_diagonal(own, -1)
    return np.argsort(own, axis=1, kind="stable")


def seriated(distances: Float64) -> list[int]:
    """Return the topics in an order in which similar ones are neighbours.

    The leaves of average linkage in their optimal order (Bar-Joseph and others 2001).
    """
    if len(distances) < 3:
        return list(range(len(distances)))
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    of_pairs = squareform(distances, checks=False)
    order: list[int] = leaves_list(linkage(of_pairs, "average", optimal_ordering=True)).tolist()
    return order
