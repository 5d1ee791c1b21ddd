"""`check_gradients`: derivatives by formula beside central differences, entry by entry.

    ∂L/∂θᵢ ≈ (L(θ + h eᵢ) − L(θ − h eᵢ)) / 2h

The error of the quotient falls with h², that of its rounding rises with 1/h; h is taken where both
are small in float64. At a kink (relu at 0) the slopes to the left and to the right differ, and no
formula can be held to either: such entries are skipped and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.arrays import Array
from chainrule.engines.reference import backpropagate
from chainrule.glassbox.networks import look_at
from chainrule.glassbox.notation import raised
from chainrule.glassbox.pages import number
from chainrule.losses import Loss

_STEP = 1e-5  # h, times the size of what is moved where that is above 1
_KINK = 1e-2  # how far the slopes on both sides may differ, as a share of the larger
_ROUNDING = 1e-9  # of a derivative: below this share of the largest one, nothing can be said


@dataclass(frozen=True, eq=False)
class Compared:
    """One quantity's derivatives by formula and by differences.

    Attributes
    ----------
    name : str
    formula, differences : array
    kinks : array of bool
        Entries that are skipped.
    errors : array
        |formula − differences| as a share of the larger one; NaN where skipped.
    """

    name: str
    formula: Array
    differences: Array
    kinks: NDArray[np.bool_]

    @property
    def errors(self) -> Array:
        """The relative error of every entry."""
        size = np.maximum(np.abs(self.formula), np.abs(self.differences))
        floor = max(_ROUNDING * float(np.max(size, initial=0.0, where=~self.kinks)), 1e-12)
        with np.errstate(invalid="ignore"):
            errors = np.abs(self.formula - self.differences) / np.maximum(size, floor)
            noise = np.abs(self.formula - self.differences) <= 1e3 * floor
        errors = np.where(noise, np.minimum(errors, 1e-9), errors)
        errors = np.where(np.isfinite(errors), errors, np.inf)  # a NaN is wrong
        return np.where(self.kinks, np.nan, errors)

    @property
    def worst(self) -> tuple[float, tuple[int, ...]]:
        """The largest error and the entry that has it."""
        errors = np.where(self.kinks, -1.0, self.errors)
        if errors.size == 0:
            return 0.0, ()
        at = np.unravel_index(int(np.argmax(errors)), errors.shape)
        return max(0.0, float(errors[at])), tuple(int(i) for i in at)


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """What a check found; `print` shows it.

    Attributes
    ----------
    compared : tuple of Compared
    tolerance : float
        An error above it is one.
    notes : tuple of str
    """

    compared: tuple[Compared, ...]
    tolerance: float
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every entry that could be compared agrees."""
        return all(one.worst[0] <= self.tolerance for one in self.compared)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"{'quantity':<10} {'entries':>8} {'skipped':>8} {'worst error':>12}  where"]
        for one in self.compared:
            worst, at = one.worst
            wrong = worst > self.tolerance
            where = ""
            if wrong:
                place = f"[{', '.join(map(str, at))}]" if at else ""
                where = (
                    f"{one.name}{place}: formula {number(one.formula[at])}, differences "
                    f"{number(one.differences[at])}"
                )
            lines.append(
                f"{one.name:<10} {one.formula.size:>8} {int(one.kinks.sum()):>8} {worst:>12.1e}  "
                f"{where}".rstrip()
            )
        lines += [f"note: {note}" for note in self.notes]
        verdict = "all agree" if self.ok else "NOT ALL AGREE"
        return "\n".join([*lines, f"{verdict} (relative error up to {self.tolerance:g})"])

    def require(self) -> None:
        """Do nothing if all agree; for tests.

        Raises
        ------
        AssertionError
            With the report.
        """
        if not self.ok:
            raise AssertionError(f"gradients are wrong\n{self}")

    def plot(self, ax: Any = None) -> Any:
        """Draw the errors of all entries as a heat map, a panel for each quantity.

        Returns
        -------
        matplotlib Figure

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        try:
            from matplotlib import pyplot
        except ImportError as error:
            raise ImportError("plots need matplotlib: pip install 'chainrule[plot]'") from error
        figure, axes = pyplot.subplots(
            1, len(self.compared), squeeze=False, layout="constrained",
            figsize=(2.2 * len(self.compared) + 1, 2.6),
        )  # fmt: skip
        image = None
        for axis, one in zip(axes[0], self.compared, strict=True):
            errors = np.log10(np.clip(np.atleast_2d(one.errors), 1e-12, 1.0))
            image = axis.imshow(errors, vmin=-12, vmax=0, cmap="magma", aspect="auto")
            axis.set(title=one.name, xticks=[], yticks=[])
        if image is not None:
            figure.colorbar(image, ax=list(axes[0]), label="relative error, 10^")
        return figure


def check_gradients(
    subject: Any,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    loss: str | Loss | None = None,
    tolerance: float = 1e-5,
    rng: int = 0,
) -> GradientCheck:
    """Hold derivatives to central differences.

    Parameters
    ----------
    subject : object
        A network (a `Perceptron`, a fitted estimator, a learner's own with `layers`), a layer with
        `forward` and `backward`, an activation with `derivative`, or a `Loss`. A learner's own
        `backward` is what is checked; it works on copies.
    x, y : array, optional
        Samples for a network, one in each row; numbers z for an activation. Random ones
        otherwise.
    loss : str or Loss, optional
        Of a network: that of the estimator, or binary cross-entropy.
    tolerance : float
        The largest relative error that is none.
    rng : int
        Seed of what is drawn.

    Returns
    -------
    GradientCheck

    Raises
    ------
    TypeError
        If the subject is none of these, or its numbers are whole numbers.
    ValueError
        If the samples do not fit.

    Examples
    --------
    >>> from chainrule import Layer, Perceptron
    >>> net = Perceptron([Layer(2, 3, "tanh", rng=0), Layer(3, 1, "sigmoid", rng=1)])
    >>> print(check_gradients(net, [[0.5, -1.0]], [[1.0]]))
    quantity    entries  skipped  worst error  where
    dW¹               6        0      ...
    db¹               3        0      ...
    dW²               3        0      ...
    db²               1        0      ...
    all agree (relative error up to 1e-05)
    """
    source = np.random.default_rng(rng)
    if isinstance(subject, Loss):
        return GradientCheck(tuple(_of_loss(subject, source)), tolerance)
    if hasattr(subject, "layers") or hasattr(subject, "as_seen_in_training"):
        return _of_network(subject, x, y, loss, tolerance, source)
    if hasattr(subject, "backward"):
        return GradientCheck(tuple(_of_layer(subject, source)), tolerance)
    if callable(subject) and hasattr(subject, "derivative"):
        return GradientCheck((_of_activation(subject, x, source),), tolerance)
    raise TypeError(
        "check_gradients takes a network, a layer with forward and backward, an activation with "
        f"derivative, or a Loss; got {subject!r}"
    )


# Differences -------------------------------------------------------------------------------


def differences(f: Callable[[], float], numbers: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return ∂f/∂numbers by central differences, and where f has a kink.

    Parameters
    ----------
    f : callable
        Reads `numbers`, which are moved and moved back.
    numbers : array of float64
    """
    slopes, kinks = np.empty(numbers.shape), np.zeros(numbers.shape, bool)
    here = f()
    for at in np.ndindex(numbers.shape):
        kept = numbers[at]
        h = _STEP * max(1.0, abs(kept))
        values = []
        for moved in (kept + h, kept - h):
            numbers[at] = moved
            values.append(f())
        numbers[at] = kept
        right, left = (values[0] - here) / h, (here - values[1]) / h
        slopes[at] = (values[0] - values[1]) / (2 * h)
        kinks[at] = abs(right - left) > _KINK * max(abs(right), abs(left), 1e-3)
    return slopes, kinks


def _float64(name: str, values: Any) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "f":
        raise TypeError(
            f"{name} holds {array.dtype} numbers; a gradient step would be rounded away: make them "
            "float64"
        )
    return array.astype(np.float64)


# What can be checked -------------------------------------------------------------------------


def _of_activation(f: Any, x: ArrayLike | None, source: np.random.Generator) -> Compared:
    z = np.sort(source.uniform(-4, 4, 41)) if x is None else _float64("z", x)
    z = np.atleast_1d(z).copy()
    formula = np.asarray(f.derivative(z.copy()), float)
    slopes, kinks = np.empty(z.shape), np.zeros(z.shape, bool)
    for at in np.ndindex(z.shape):
        one = z[at : at + 1] if z.ndim == 1 and isinstance(at, int) else z[at].reshape(1)
        slope, kink = differences(lambda one=one: float(np.sum(f(one))), one)  # type: ignore[misc]
        slopes[at], kinks[at] = slope[0], kink[0]
    return Compared("f′(z)", np.broadcast_to(formula, z.shape), slopes, kinks)


def _of_loss(loss: Loss, source: np.random.Generator) -> Iterator[Compared]:
    z = source.normal(size=(3, 5))
    y = source.dirichlet(np.ones(3), 5).T  # what every loss allows: shares, above 0
    slopes, kinks = differences(lambda: float(loss.value(z, y).sum()), z)
    yield Compared("dz", loss.dz(z, y), slopes, kinks)


def _of_network(
    network: Any,
    x: ArrayLike | None,
    y: ArrayLike | None,
    loss: str | Loss | None,
    tolerance: float,
    source: np.random.Generator,
) -> GradientCheck:
    if x is None or y is None:
        raise ValueError("to check a network, give x and y: one sample, or one in each row")
    for number_, layer in enumerate(getattr(network, "layers", ()), 1):
        for name in ("weights", "biases"):
            _float64(f"{name} of layer {number_}", getattr(layer, name))
    sight = look_at(network, x, y, loss)
    notes = []
    if sight.layers[0].dtype == np.float32:
        notes.append("float32 is too coarse for differences: checked on a float64 copy")
    layers = [deepcopy(layer) for layer in sight.layers]
    for layer in layers:
        layer.theta = layer.theta.astype(np.float64)
    inputs = sight.x.astype(np.float64)
    assert sight.y is not None
    targets = sight.y.astype(np.float64)
    of_z = sight.loss.after(layers[-1].activation)
    shares = np.full(inputs.shape[1], 1 / inputs.shape[1])

    def mean_loss() -> float:
        a = inputs
        for layer in layers:
            a = layer.forward(a)
        return float((of_z.value(layers[-1].outputs, targets) * shares).sum())

    own = _learners_gradients(network, inputs, targets, sight.loss)
    if own is None:
        _, gradients = backpropagate(layers, of_z, inputs, targets, shares)
        own = [(g.d_weights, g.d_biases) for g in gradients]
    else:
        notes.append("the gradients are those of the network's own backward")
    compared = []
    for number_, (layer, (dW, db)) in enumerate(zip(layers, own, strict=True), 1):
        for symbol, formula, parameters in (("dW", dW, layer.weights), ("db", db, layer.biases)):
            slopes, kinks = differences(mean_loss, parameters)
            compared.append(_compare(f"{symbol}{raised(number_)}", formula, slopes, kinks))
    return GradientCheck(tuple(compared), tolerance, tuple(notes))


def _compare(name: str, formula: ArrayLike, slopes: Array, kinks: NDArray[np.bool_]) -> Compared:
    formula = np.asarray(formula, float)
    if formula.shape != slopes.shape:
        raise ValueError(f"{name} has the shape {formula.shape}; it must be {slopes.shape}")
    return Compared(name, formula, slopes, kinks)


def _learners_gradients(
    network: Any, x: Array, y: Array, loss: Loss
) -> list[tuple[Array, Array]] | None:
    """Return what a learner's own `backward` makes of the mean loss, sample by sample.

    None for our own networks, whose gradients come from the reference engine.
    """
    layers: Sequence[Any] = getattr(network, "layers", ())
    if not layers or not all(hasattr(layer, "backward") for layer in layers):
        return None
    if type(layers[0]).__module__.startswith("chainrule."):
        return None
    total = [(np.zeros(np.shape(la.weights)), np.zeros(np.shape(la.biases))) for la in layers]
    for sample in range(x.shape[1]):
        copies = [deepcopy(layer) for layer in layers]
        a: Any = x[:, sample : sample + 1]
        for layer in copies:
            a = layer.forward(a)
        before = [(np.array(la.weights, float), np.array(la.biases, float)) for la in copies]
        da: Any = loss.after(copies[-1].activation).dz(copies[-1].outputs, y[:, [sample]])
        da = da / copies[-1].activation.derivative(copies[-1].outputs)
        for layer in reversed(copies):
            da = layer.backward(da, 1.0)
        for (dW, db), (W, b), layer in zip(total, before, copies, strict=True):
            dW += (W - layer.weights) / x.shape[1]
            db += (b - np.reshape(layer.biases, np.shape(b))) / x.shape[1]
    return total


def _of_layer(layer: Any, source: np.random.Generator) -> Iterator[Compared]:
    W = _float64("weights", layer.weights)
    b = _float64("biases", layer.biases)
    x = source.normal(size=(W.shape[1], 1))
    da = source.normal(size=(len(W), 1))
    moved = deepcopy(layer)
    moved.weights, moved.biases = W.copy(), b.copy()
    moved.forward(x.copy())
    da_prev = moved.backward(da.copy(), 1.0)
    f = layer.activation

    def weighted() -> float:
        return float((da * f(W @ x + b.reshape(-1, 1))).sum())

    for name, formula, numbers in (
        ("dW", W - moved.weights, W),
        ("db", b - np.reshape(moved.biases, b.shape), b),
        ("da_prev", da_prev, x),
    ):
        slopes, kinks = differences(weighted, numbers)
        yield _compare(name, formula, slopes, kinks)
