"""Loss functions of the raw output z, each with its derivative dz and its link ŷ = link(z).

A loss owns its link: cross-entropy is computed from z, never from a ŷ that has already been
rounded to 0 or 1, so log(0) does not happen. Arrays hold one sample per column: z and y are
(n_outputs, m); a value is summed over a sample's outputs and has shape (m,).

To add one, write the functions and a row in the table at the end of the file; all that the rest of
the package knows of a loss, it reads in the row. The functions are arithmetic, NumPy's functions of
numbers, np.where and sums or maxima over axis 0 alone, so that an engine can compile them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.activations import Activation, Elementwise, identity, sigmoid, softplus
from chainrule.arrays import Array
from chainrule.catalog import look_up
from chainrule.ranges import require_inner_share, require_positive, require_rate


@dataclass(frozen=True)
class Link:
    """How a loss makes its prediction of the raw output: ŷ = link(z).

    Parameters
    ----------
    name : str
        As it stands in formulas.
    f : callable
        ``f(z) -> ŷ``, arrays of shape (n_outputs, m).
    slope : callable, optional
        ``slope(ŷ) -> ∂ŷ/∂z``, if each ŷ depends on its own z alone.
    inverse : callable, optional
        ``inverse(ŷ) -> z``, finite also where ŷ is rounded to the end of its range.
    flat : str, optional
        When the slope is rounded to 0, in words.

    Examples
    --------
    >>> binary_cross_entropy.link
    Link(sigmoid)
    >>> binary_cross_entropy.link(np.array([[0.0]]))
    array([[0.5]])
    """

    name: str
    f: Callable[[Array], Array]
    slope: Callable[[Array], Array] | None = None
    inverse: Callable[[Array], Array] | None = None
    flat: str = ""

    def __call__(self, z: Array) -> Array:
        """Return ŷ = f(z)."""
        return self.f(z)

    def __repr__(self) -> str:
        return f"Link({self.name})"


@dataclass(frozen=True)
class Loss:
    """A loss of the raw output z.

    Parameters
    ----------
    name : str
    value : callable
        ``value(z, y) -> (m,)``: the loss of each sample.
    dz : callable
        ``dz(z, y) -> ∂value/∂z``, of z's shape.
    link : Link or callable
        ``link(z) -> ŷ``: the prediction that the loss scores. A function becomes a `Link`, which
        has a slope and an inverse if the function is `f` of `activations.sigmoid` or `identity`.
    labels : str
        Which y the loss is made for, in words.
    allows : callable
        ``allows(y) -> bool``, one for every entry of y or every sample.
    formula : str, optional
        The loss of one sample in ŷ and y, as a trace shows it; without Σ it is of each output. A
        loss without one is shown by its name.
    dz_formula, da_formula : str, optional
        ∂value/∂z and ∂value/∂ŷ in ŷ and y. A formula with the factor "m" is that of the mean over
        m samples.
    da : callable, optional
        ``da(ŷ, y) -> ∂value/∂ŷ``, where the link has no slope to divide dz by.
    is_least_at_mean : bool
        Whether the best constant prediction is the mean of y.

    Examples
    --------
    >>> z, y = np.array([[0.0, 800.0]]), np.array([[1.0, 0.0]])
    >>> binary_cross_entropy.value(z, y).round(4)
    array([6.931e-01, 8.000e+02])
    >>> binary_cross_entropy.dz(z, y)
    array([[-0.5,  1. ]])
    """

    name: str
    value: Callable[[Array, Array], Array]
    dz: Callable[[Array, Array], Array]
    link: Any  # a Link: what is given may be any function of z
    labels: str = "finite numbers"
    allows: Callable[[Array], NDArray[np.bool_]] = np.isfinite
    formula: str = ""
    dz_formula: str = ""
    da_formula: str = ""
    da: Callable[[Array, Array], Array] | None = None
    is_least_at_mean: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "link", _as_link(self.link))

    def __repr__(self) -> str:
        return self.name

    def first_not_allowed(self, y: Array) -> tuple[int, int] | None:
        """Return row and column of the first target that the loss is not made for.

        Parameters
        ----------
        y : array of shape (n, n_outputs)
            One sample per row, unlike elsewhere here.
        """
        allowed = self.allows(y.T)
        if allowed.all():
            return None
        row, column = np.argwhere(~np.broadcast_to(allowed, y.T.shape).T)[0]
        return int(row), int(column)

    @property
    def is_of_raw_output(self) -> bool:
        """Whether its link is the identity, and known as such: ŷ = z."""
        return self.link == _RAW

    def best_constant(self, y: Array, sample_weight: Array | None = None) -> Array | None:
        """Return the raw output, one for all samples, of the least mean loss; None if not known.

        Where the loss need not be least at the mean of y, five quantiles are tried beside it.

        Parameters
        ----------
        y : array of shape (n_outputs, m)
        sample_weight : array of shape (m,), optional

        Returns
        -------
        array of shape (n_outputs, m), or None
            Its columns are equal. None if the link has no inverse.

        Examples
        --------
        >>> poisson.best_constant(np.array([[0.0, 2.0]]))
        array([[0., 0.]])
        """
        inverse = self.link.inverse
        if inverse is None:
            return None
        constants = np.average(y, axis=1, weights=sample_weight)[np.newaxis]
        if not self.is_least_at_mean:
            quantiles = np.quantile(y, [0.1, 0.25, 0.5, 0.75, 0.9], axis=1)
            constants = np.concatenate([constants, quantiles])
        outputs = (
            np.repeat(inverse(one[:, np.newaxis]), y.shape[1], axis=1).astype(y.dtype)
            for one in constants
        )
        return min(outputs, key=lambda z: np.average(self.value(z, y), weights=sample_weight))

    def after(self, activation: Elementwise) -> Loss:
        """Return this loss as a function of the z that enters the output layer's activation.

        A sigmoid output under binary cross-entropy is the loss's own link, so the loss takes z
        itself: the page's daⁿ = (ŷ−y)/(ŷ(1−ŷ)) times σ'(z) is ŷ−y, without the division.
        Otherwise the output a = f(z) is the loss's raw output and the chain rule adds f'(z).

        Parameters
        ----------
        activation : Activation
            That of the output layer.

        Raises
        ------
        ValueError
            If the loss has a link of its own (sigmoid, softmax, exp) and the activation is
            neither that nor identity.
        """
        own_link = isinstance(activation, Activation) and activation.f in (identity.f, self.link.f)
        if own_link or is_same(activation, self.link) or is_same(activation, _RAW):
            return self
        if self.is_of_raw_output:
            return replace(
                self,
                name=f"{self.name} after {activation!r}",
                value=partial(_value_after, self, activation),
                dz=partial(_dz_after, self, activation),
                link=partial(_link_after, activation),
                dz_formula="",
            )
        known = (f"{loss.link.name} for {loss}" for loss in LOSSES.values() if loss.link != _RAW)
        raise ValueError(
            f"the loss {self.name!r} needs an output layer whose activation is identity or the "
            f"loss's own link, got {activation!r}; known links: {', '.join(known)}"
        )


def is_same(activation: Elementwise, link: Callable[[Array], Array]) -> bool:
    """Compare by values, so that a learner's own sigmoid object is known for what it is.

    Parameters
    ----------
    activation : Activation
    link : callable
        Of z of shape (n_outputs, m).
    """
    z = np.linspace(-8.0, 8.0, 34).reshape(2, 17)
    with np.errstate(all="ignore"):
        return bool(np.allclose(activation(z), link(z), rtol=1e-9, atol=1e-12))


def _value_after(loss: Loss, activation: Elementwise, z: Array, y: Array) -> Array:
    return loss.value(_link_after(activation, z), y)


def _dz_after(loss: Loss, activation: Elementwise, z: Array, y: Array) -> Array:
    a = _link_after(activation, z)
    if isinstance(activation, Activation):
        return loss.dz(a, y) * activation.df(z, a)
    return loss.dz(a, y) * activation.derivative(z)


def _link_after(activation: Elementwise, z: Array) -> Array:
    return activation.f(z) if isinstance(activation, Activation) else activation(z)


def _probabilities(y: Array) -> NDArray[np.bool_]:
    return (y >= 0) & (y <= 1)


def _distributions(y: Array) -> NDArray[np.bool_]:
    # For few outputs both are faster than a reduction along the first axis.
    sums, none_negative = np.einsum("ij->j", y, dtype=np.float64), not (y < 0).any()
    return (np.abs(sums - 1) <= 1e-6) & (none_negative or (y >= 0).all(axis=0))


def _counts(y: Array) -> NDArray[np.bool_]:
    return y >= 0


# Links -------------------------------------------------------------------------------------


def _raw(z: Array) -> Array:
    return z


def _exp(z: Array) -> Array:
    """Return exp(z), at most e⁻¹⁶ of what the type holds, so that a million of them add up."""
    return np.exp(np.minimum(z, np.log(np.finfo(z.dtype).max) - 16))


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=0))  # exp(z) overflows for large z
    return e / e.sum(axis=0)


def _log(y_hat: Array) -> Array:
    return np.log(np.maximum(y_hat, np.finfo(y_hat.dtype).tiny))  # log 0


def _logit(y_hat: Array) -> Array:
    return _log(y_hat) - np.log1p(-np.minimum(y_hat, 1 - np.finfo(y_hat.dtype).epsneg))  # log 0


def _d_sigmoid(y_hat: Array) -> Array:
    return y_hat * (1 - y_hat)


_RAW = Link("identity", _raw, np.ones_like, _raw)
_EXP = Link("exp", _exp, _raw, _log)
_SOFTMAX = Link("softmax", _softmax, None, _log)
_SIGMOID = Link(
    "sigmoid", sigmoid.f, _d_sigmoid, _logit, "ŷ is rounded to 0 or 1, so that ŷ (1 − ŷ) is 0"
)


def _as_link(f: Callable[[Array], Array]) -> Link:
    if isinstance(f, Link):
        return f
    return _RAW if f is identity.f else _SIGMOID if f is sigmoid.f else Link("link", f)


# Cross-entropies ---------------------------------------------------------------------------


def _binary_cross_entropy(z: Array, y: Array) -> Array:
    # −y log σ(z) − (1−y) log(1−σ(z)) = softplus(z) − y z; in two terms, small ones stay exact
    return (y * softplus.f(-z) + (1 - y) * softplus.f(z)).sum(axis=0)


def _binary_cross_entropy_dz(z: Array, y: Array) -> Array:
    return sigmoid.f(z) - y


def _surprise(z: Array) -> Array:
    """Return −log softmax(z), never below 0."""
    shifted = z - z.max(axis=0)  # exp(z) overflows for large z
    return np.log(np.exp(shifted).sum(axis=0)) - shifted


def _smoothed(y: Array, label_smoothing: float) -> Array:
    # Szegedy, Vanhoucke, Ioffe, Shlens & Wojna 2016, "Rethinking the Inception Architecture", § 7
    return (1 - label_smoothing) * y + label_smoothing / y.shape[0]


def _softmax_cross_entropy(z: Array, y: Array, label_smoothing: float) -> Array:
    return (_smoothed(y, label_smoothing) * _surprise(z)).sum(axis=0)


def _softmax_cross_entropy_dz(z: Array, y: Array, label_smoothing: float) -> Array:
    y = _smoothed(y, label_smoothing)
    return _softmax(z) * y.sum(axis=0) - y


def _softmax_cross_entropy_da(y_hat: Array, y: Array, label_smoothing: float) -> Array:
    return -_smoothed(y, label_smoothing) / y_hat


# Regression --------------------------------------------------------------------------------


def _squared_error(z: Array, y: Array) -> Array:
    return 0.5 * ((z - y) ** 2).sum(axis=0)


def _squared_error_dz(z: Array, y: Array) -> Array:
    return z - y


def _absolute_error(z: Array, y: Array) -> Array:
    return np.abs(z - y).sum(axis=0)


def _absolute_error_dz(z: Array, y: Array) -> Array:
    return np.sign(z - y)


def _huber(z: Array, y: Array, delta: float) -> Array:
    r = np.abs(z - y)  # Huber 1964, "Robust Estimation of a Location Parameter"
    return np.where(r <= delta, 0.5 * r * r, delta * (r - 0.5 * delta)).sum(axis=0)


def _huber_dz(z: Array, y: Array, delta: float) -> Array:
    return np.clip(z - y, -delta, delta)


_LOG_2 = float(np.log(2.0))


def _log_cosh(z: Array, y: Array) -> Array:
    r = np.abs(z - y)
    near = np.log1p(2 * np.sinh(0.5 * np.minimum(r, 1)) ** 2)  # cosh r = 1 + 2 sinh²(r/2)
    far = r + np.log1p(np.exp(-2 * r)) - _LOG_2  # cosh r overflows; for small r this cancels
    return np.where(r < 1, near, far).sum(axis=0)


def _log_cosh_dz(z: Array, y: Array) -> Array:
    return np.tanh(z - y)


def _quantile(z: Array, y: Array, q: Array) -> Array:
    r, q = y - z, q.astype(z.dtype)
    # Koenker & Bassett 1978, "Regression Quantiles": the pinball loss
    return np.maximum(q * r, (q - 1) * r).sum(axis=0)


def _quantile_dz(z: Array, y: Array, q: Array) -> Array:
    sign, q = np.sign(z - y), q.astype(z.dtype)
    return np.where(sign > 0, (1 - q) * sign, q * sign)


def _columns(y: Array, count: int) -> NDArray[np.bool_]:
    return np.isfinite(y) & (len(y) == count)


def _poisson(z: Array, y: Array) -> Array:
    # half the Poisson deviance: ŷ − y + y log(y/ŷ) with ŷ = exp(z) and 0 log 0 = 0
    y_log_y = y * np.log(np.where(y > 0, y, 1))
    return (_exp(z) - y + y_log_y - y * z).sum(axis=0)


def _poisson_dz(z: Array, y: Array) -> Array:
    return _exp(z) - y


# The table ---------------------------------------------------------------------------------


def softmax_cross_entropy(label_smoothing: float = 0.0) -> Loss:
    """Return the cross-entropy of softmax(z) for one-hot y of shape (n_classes, m).

    Parameters
    ----------
    label_smoothing : float in [0, 1)
        The share of every label that is spread evenly over all classes.

    Raises
    ------
    ValueError
        If `label_smoothing` is not in [0, 1).

    Examples
    --------
    >>> softmax_cross_entropy().value(np.zeros((4, 1)), np.eye(4)[:, :1]).round(4)
    array([1.3863])
    """
    require_rate("label_smoothing", label_smoothing)
    plain = not label_smoothing
    return Loss(
        "softmax_cross_entropy",
        partial(_softmax_cross_entropy, label_smoothing=label_smoothing),
        partial(_softmax_cross_entropy_dz, label_smoothing=label_smoothing),
        _SOFTMAX,
        labels="a column per class that sum to 1 in every row (one-hot)",
        allows=_distributions,
        formula="−Σ y log ŷ" if plain else "",
        dz_formula="ŷ − y" if plain else "",
        da_formula="−y / ŷ" if plain else "",
        da=partial(_softmax_cross_entropy_da, label_smoothing=label_smoothing),
        is_least_at_mean=plain,
    )


def huber(delta: float = 1.0) -> Loss:
    """Return the loss that is ½r² up to |r| = `delta` and grows linearly beyond.

    Raises
    ------
    ValueError
        If `delta` is not above 0.

    Examples
    --------
    >>> huber(delta=1.0).value(np.array([[0.5, 3.0]]), np.zeros((1, 2)))
    array([0.125, 2.5  ])
    """
    require_positive("delta", delta)
    return Loss("huber", partial(_huber, delta=delta), partial(_huber_dz, delta=delta), _RAW)


def quantile(q: float | Sequence[float] = 0.5) -> Loss:
    """Return the pinball loss, whose best constant prediction is the `q`-quantile of y.

    Parameters
    ----------
    q : float or sequence of float in (0, 1)
        A sequence has one for each output.

    Raises
    ------
    ValueError
        If a `q` is not in (0, 1), or there is none.

    Examples
    --------
    >>> quantile(0.9).value(np.array([[0.0, 0.0]]), np.array([[1.0, -1.0]]))
    array([0.9, 0.1])
    >>> quantile([0.1, 0.9]).dz(np.zeros((2, 1)), np.ones((2, 1)))
    array([[-0.1],
           [-0.9]])
    """
    shares = np.asarray(q, float)
    if shares.ndim > 1 or not shares.size:
        raise ValueError(f"q is a number or a sequence of numbers, got {q!r}")
    for share in shares.ravel():
        require_inner_share("q", float(share))
    column = shares.reshape(-1, 1)
    value, dz = partial(_quantile, q=column), partial(_quantile_dz, q=column)
    if shares.ndim == 0:
        return Loss("quantile", value, dz, _RAW)
    n = len(shares)
    words = f"numbers in {n} columns, one for each quantile"
    return Loss("quantile", value, dz, _RAW, labels=words, allows=partial(_columns, count=n))


binary_cross_entropy = Loss(
    "binary_cross_entropy",
    _binary_cross_entropy,
    _binary_cross_entropy_dz,
    _SIGMOID,
    labels="numbers in [0, 1]",
    allows=_probabilities,
    formula="−(y log ŷ + (1 − y) log(1 − ŷ))",
    dz_formula="ŷ − y",
    da_formula="(ŷ − y) / (m ŷ (1 − ŷ))",
    is_least_at_mean=True,
)
squared_error = Loss(
    "squared_error",
    _squared_error,
    _squared_error_dz,
    _RAW,
    formula="½ Σ (ŷ − y)²",
    dz_formula="ŷ − y",
    is_least_at_mean=True,
)
absolute_error = Loss(
    "absolute_error", _absolute_error, _absolute_error_dz, _RAW, formula="Σ |ŷ − y|"
)
log_cosh = Loss("log_cosh", _log_cosh, _log_cosh_dz, _RAW, formula="Σ log cosh(ŷ − y)")
poisson = Loss(
    "poisson",
    _poisson,
    _poisson_dz,
    _EXP,
    labels="numbers of at least 0",
    allows=_counts,
    formula="Σ (ŷ − y + y log(y / ŷ))",
    dz_formula="ŷ − y",
    da_formula="1 − y / ŷ",
    is_least_at_mean=True,
)

LOSSES: dict[str, Loss] = {
    row.name: row
    for row in (
        binary_cross_entropy,
        softmax_cross_entropy(),
        squared_error,
        absolute_error,
        huber(),
        log_cosh,
        quantile(),
        poisson,
    )
}


def get_loss(loss: str | Loss) -> Loss:
    """Return the loss of that name; a `Loss` is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If it is neither a name nor a `Loss`.

    Examples
    --------
    >>> get_loss("huber")
    huber
    """
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, str):
        return look_up(LOSSES, loss, "loss")
    raise TypeError(
        f"a loss is a name or a Loss, got {loss!r}; losses with a parameter are made by calling "
        "them: huber(delta=2.0)"
    )
