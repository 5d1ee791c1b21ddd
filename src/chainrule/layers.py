"""One layer of a multilayer perceptron and the four formulas of its backward pass.

    forward    z = W·a_prev + b          a = f(z)
    backward   dz = da ⊙ f'(z)           dW = dz·a_prevᵀ
               db = dz summed over m     da_prev = Wᵀ·dz

Samples are columns: a_prev is (n_inputs, m), z and a are (n_neurons, m). With one sample, m = 1,
these are the formulas as every course writes them.

A layer keeps its weights and biases in one vector, `theta`; `weights` and `biases` are views of
it. `joined` puts the vectors of several layers into one, so that a network's parameters are a
single contiguous θ.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from chainrule.activations import Elementwise, get_activation
from chainrule.arrays import Array, in_native_order
from chainrule.initializers import Initializer, RandomSource, get_initializer
from chainrule.locks import lock_held_over_forks


class Gradients(NamedTuple):
    """What the chain rule gives for one layer; each has the shape of what it is named after."""

    dz: Array
    d_weights: Array
    d_biases: Array
    da_prev: Array


class Group(Protocol):
    """Some neurons of a layer that see only their own inputs: a `Layer` or a `Through`."""

    n_inputs: int
    n_neurons: int
    activation: Elementwise
    theta: Array
    outputs: Array

    @property
    def weights(self) -> Array:
        """W, of shape (n_neurons, n_inputs)."""
        ...

    @property
    def learned_weights(self) -> Array:
        """W where it is learned, 0 where it is fixed."""
        ...

    @property
    def biases(self) -> Array:
        """b, of shape (n_neurons, 1)."""
        ...

    def raw_output(self, a_prev: Array) -> Array:
        """Return z = W·a_prev + b."""
        ...

    def forward(self, inputs: Array) -> Array:
        """Return a = f(z), keeping inputs and z."""
        ...

    def gradients_from_dz(self, dz: Array) -> Gradients:
        """Return dz, dW, db and da_prev."""
        ...

    def backward(self, da: Array, learning_rate: float) -> Array:
        """Take a step of gradient descent and return da_prev."""
        ...

    def flat(self, d_weights: Array, d_biases: Array) -> Array:
        """Return dW and db in the order of `theta`."""
        ...

    def astype(self, dtype: DTypeLike) -> Group:
        """Return a copy with parameters of another type."""
        ...


class Layer:
    """A fully connected layer: a = f(W·a_prev + b).

    Parameters
    ----------
    n_inputs, n_neurons : int
        At least 1 each.
    activation_function : str or Activation
        A name from `chainrule.activations.ACTIVATIONS`, or any object with ``f(z)`` by call
        and ``derivative(z)``.
    initializer : str or callable, default "uniform"
        A name from `chainrule.initializers.INITIALIZERS`; "uniform" draws weights, then
        biases, from uniform(−1, 1).
    rng : int, numpy.random.Generator or RandomState, optional
        Without it NumPy's global generator draws, so that ``np.random.seed`` decides.
    dtype : dtype, default float64
        float32 or float64.

    Attributes
    ----------
    weights : array of shape (n_neurons, n_inputs)
    biases : array of shape (n_neurons, 1)
        Views of `theta`; assigning copies the values in.
    theta : array of shape (n_neurons * n_inputs + n_neurons,)
        Assigning makes this very array the layer's, in the machine's byte order.
    inputs : array of shape (n_inputs, m)
        What the last `forward` got: a_prev.
    outputs : array of shape (n_neurons, m)
        The raw output z of the last `forward`, before the activation.
    activation : Activation

    Raises
    ------
    ValueError, TypeError
        If a size, name, dtype or initial value cannot be used.

    Examples
    --------
    >>> layer = Layer(2, 1, "sigmoid")
    >>> layer.weights, layer.biases = [[1.0, -1.0]], [[0.0]]
    >>> layer.forward([3.0, 3.0])
    array([[0.5]])
    >>> layer.backward(np.array([[2.0]]), learning_rate=0.1)
    array([[ 0.5],
           [-0.5]])
    """

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        activation_function: str | Elementwise,
        *,
        initializer: str | Initializer = "uniform",
        rng: Any = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.n_inputs = size_given("n_inputs", n_inputs)
        self.n_neurons = size_given("n_neurons", n_neurons)
        self.activation = get_activation(activation_function)
        self.theta = np.empty(self.n_neurons * (self.n_inputs + 1), _float_type(dtype))
        self.inputs: Array = np.empty((self.n_inputs, 0), self.dtype)
        self.outputs: Array = np.empty((self.n_neurons, 0), self.dtype)
        draw = get_initializer(initializer)
        self.weights, self.biases = draw(random_source(rng), self.n_inputs, self.n_neurons)

    def __repr__(self) -> str:
        return f"Layer({self.n_inputs}, {self.n_neurons}, {self.activation!r})"

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.theta = state["theta"]  # of a file that a machine of the other byte order wrote

    @property
    def theta(self) -> Array:
        """W row by row, then b, of shape (n_neurons * n_inputs + n_neurons,)."""
        theta: Array = self.__dict__["theta"]
        return theta

    @theta.setter
    def theta(self, values: Array) -> None:
        theta = in_native_order(np.asarray(values))  # kernels read its memory as it lies
        _float_type(theta.dtype)
        if theta.shape != (self._n_parameters,):
            raise ValueError(
                f"theta of {self!r} has {self._n_parameters} numbers, got an array of shape "
                f"{theta.shape}"
            )
        self.__dict__["theta"] = theta

    @property
    def _n_parameters(self) -> int:
        return self.n_neurons * (self.n_inputs + 1)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the parameters: float32 or float64."""
        return self.theta.dtype

    @property
    def weights(self) -> Array:
        """W, of shape (n_neurons, n_inputs): a view of `theta`."""
        return self.theta[: -self.n_neurons].reshape(self.n_neurons, self.n_inputs)

    @weights.setter
    def weights(self, values: ArrayLike) -> None:
        self._assign("weights", self.weights, values)

    @property
    def biases(self) -> Array:
        """b, of shape (n_neurons, 1): a view of `theta`."""
        return self.theta[-self.n_neurons :].reshape(self.n_neurons, 1)

    @biases.setter
    def biases(self, values: ArrayLike) -> None:
        self._assign("biases", self.biases, values)

    @property
    def learned_weights(self) -> Array:
        """W where it is learned, 0 where it is fixed: what a penalty is taken of."""
        return self.weights

    @property
    def groups(self) -> tuple[Group, ...]:
        """The parts whose neurons see only their own inputs: this whole layer is the only one."""
        return (self,)

    def astype(self, dtype: DTypeLike) -> Layer:
        """Return a copy with parameters of another type, float32 or float64."""
        copy = Layer(self.n_inputs, self.n_neurons, self.activation, rng=0, dtype=dtype)
        copy.weights, copy.biases = self.weights, self.biases
        return copy

    def _assign(self, name: str, view: Array, values: ArrayLike) -> None:
        values = np.asarray(values)
        if values.shape != view.shape:
            raise ValueError(f"{name} of {self!r} have the shape {view.shape}, got {values.shape}")
        view[...] = values

    def forward(self, inputs: ArrayLike) -> Array:
        """Compute a = f(W·inputs + b), keeping inputs and z for `backward`.

        Parameters
        ----------
        inputs : array of shape (n_inputs,), (n_inputs, 1) or (n_inputs, m)
            One sample, in any shape that holds n_inputs numbers, or one sample per column.

        Returns
        -------
        array of shape (n_neurons, m)

        Raises
        ------
        ValueError
            If the inputs have another size.
        """
        self.inputs = self._columns(inputs)
        self.outputs = self.raw_output(self.inputs)
        return self.activation(self.outputs)

    def raw_output(self, a_prev: Array) -> Array:
        """Return z = W·a_prev + b, keeping nothing.

        Parameters
        ----------
        a_prev : array of shape (n_inputs, m)

        Returns
        -------
        array of shape (n_neurons, m)
        """
        return self.weights @ a_prev + self.biases

    def _columns(self, inputs: ArrayLike) -> Array:
        inputs = np.asarray(inputs, dtype=self.dtype)
        if inputs.ndim == 2 and inputs.shape[0] == self.n_inputs:
            return inputs
        if inputs.size == self.n_inputs:
            return inputs.reshape(-1, 1)
        raise ValueError(
            f"{self!r} takes {self.n_inputs} inputs per sample, one sample per column, got an "
            f"array of shape {inputs.shape}"
            + ("; transpose it" if inputs.shape[1:] == (self.n_inputs,) else "")
        )

    def gradients(self, da: Array) -> Gradients:
        """Apply the chain rule to this layer, after `forward`: from da to the four gradients.

        Parameters
        ----------
        da : array of shape (n_neurons, m)
            ∂L/∂a for the loss L summed over the m samples.

        Returns
        -------
        Gradients
            dz (n_neurons, m), d_weights (n_neurons, n_inputs), d_biases (n_neurons, 1),
            da_prev (n_inputs, m).
        """
        dz = da * self.activation.derivative(self.outputs)
        return self.gradients_from_dz(dz)

    def gradients_from_dz(self, dz: Array) -> Gradients:
        """Apply the last three formulas; a loss that owns its link gives dz itself."""
        d_weights = dz @ self.inputs.T
        d_biases = dz.sum(axis=1, keepdims=True)
        da_prev = self.weights.T @ dz
        return Gradients(dz, d_weights, d_biases, da_prev)

    def flat(self, d_weights: Array, d_biases: Array) -> Array:
        """Return dW and db as one vector in the order of `theta`."""
        return np.concatenate([d_weights.ravel(), d_biases.ravel()])

    def backward(self, da: ArrayLike, learning_rate: float) -> Array:
        """Update weights and biases by one step of gradient descent, after `forward`.

        Parameters
        ----------
        da : array of shape (n_neurons, m)
        learning_rate : float

        Returns
        -------
        array of shape (n_inputs, m)
            da_prev, computed with the weights as they were before the update.

        Raises
        ------
        ValueError
            If `da` has not the shape of the layer's last output.
        """
        _, d_weights, d_biases, da_prev = self.gradients(self._of_outputs(da))
        self.weights -= learning_rate * d_weights
        self.biases -= learning_rate * d_biases
        return da_prev

    def _of_outputs(self, da: ArrayLike) -> Array:
        """Return da as an array, if the shape is that of the last output."""
        da = np.asarray(da, dtype=self.dtype)
        if da.shape != self.outputs.shape:
            raise ValueError(
                f"da has the shape of the layer's last output, {self.outputs.shape}, got "
                f"{da.shape}" + ("; call forward first" if not self.outputs.size else "")
            )
        return da


def size_given(name: str, value: int) -> int:
    """Return a size as an int.

    Raises
    ------
    TypeError, ValueError
        If the size is no whole number of at least 1.
    """
    try:
        size = value.__index__()
    except AttributeError:
        raise TypeError(f"{name} is a whole number, got {value!r}") from None
    if size < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}")
    return size


def _float_type(dtype: DTypeLike) -> np.dtype[Any]:
    native = np.dtype(dtype).newbyteorder("=")
    if native not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")
    return native


def random_source(rng: Any) -> RandomSource:
    """Return where random numbers come from: a seed makes a Generator, None is the global one.

    Raises
    ------
    TypeError
        If `rng` is none of these.
    """
    if rng is None:
        return np.random  # the page's scripts seed this one
    if isinstance(rng, int | np.integer):
        return np.random.default_rng(rng)
    if isinstance(rng, np.random.Generator | np.random.RandomState):
        return rng
    raise TypeError(f"rng is a seed, a numpy.random.Generator or a RandomState, got {rng!r}")


def joined(layers: Sequence[Layer]) -> Array:
    """Return the vector θ in which the layers' parameters lie one after the other.

    Layers that do not lie so yet (new ones, copies, unpickled ones) are moved into a new
    vector, with their values. Layers that do are left where they are, so the θ of a network's
    first two layers is the beginning of the network's θ.

    Threads that ask at the same time get the same vector.

    Parameters
    ----------
    layers : sequence of Layer
        Of one dtype.

    Returns
    -------
    array of shape (n_parameters,)

    Examples
    --------
    >>> layers = [Layer(2, 3, "relu"), Layer(3, 1, "sigmoid")]
    >>> theta = joined(layers)
    >>> theta[:] = 0.0
    >>> layers[1].weights
    array([[0., 0., 0.]])
    """
    return parameters_of(layers)[0]


_moving = lock_held_over_forks()  # by who looks where layers lie, and moves them


def parameters_of(layers: Sequence[Layer]) -> tuple[Array, list[Array]]:
    """Return `joined` of the layers, and each layer's part of it, at one moment."""
    with _moving:
        thetas = [layer.theta for layer in layers]
        theta = _as_one(thetas)
        if theta is None:
            theta = np.concatenate(thetas)
            start = 0
            for layer, old in zip(layers, thetas, strict=True):
                layer.theta = theta[start : start + old.size]
                start += old.size
            thetas = [layer.theta for layer in layers]
        return theta, thetas


def _as_one(thetas: Sequence[Array]) -> Array | None:
    """Return the vector of which these are the parts, side by side; None if there is none."""
    memory = thetas[0].base if isinstance(thetas[0].base, np.ndarray) else thetas[0]
    if memory.ndim != 1 or memory.dtype != thetas[0].dtype or not memory.flags.c_contiguous:
        return None
    if not all(theta is memory or theta.base is memory for theta in thetas):
        return None
    if not all(theta.flags.c_contiguous for theta in thetas):
        return None
    addresses = [theta.__array_interface__["data"][0] for theta in thetas]
    ends = [address + theta.nbytes for address, theta in zip(addresses, thetas, strict=True)]
    if addresses[1:] != ends[:-1]:
        return None
    start = (addresses[0] - memory.__array_interface__["data"][0]) // memory.itemsize
    return memory[start : start + sum(theta.size for theta in thetas)]


def make_writable(layers: Sequence[Layer]) -> None:
    """Copy parameters that may not be written to, as joblib gives them to other processes."""
    for layer in layers:
        if not layer.theta.flags.writeable:
            layer.theta = layer.theta.copy()


def require_chain(layers: Sequence[Layer]) -> None:
    """Do nothing if the layers are a network: each takes what the one before it gives.

    Raises
    ------
    TypeError, ValueError
        If they are not.
    """
    if not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise TypeError(f"a Perceptron is made of at least one Layer, got {layers!r}")
    parts = [id(group) for layer in layers for group in layer.groups if group.theta.size]
    if len(set(parts)) < len(parts):
        raise ValueError("the same Layer object stands twice in the list; make a second one")
    for number, (layer, following) in enumerate(pairwise(layers), start=1):
        if layer.n_neurons != following.n_inputs:
            raise ValueError(
                f"layer {number} has {layer.n_neurons} neurons, but layer {number + 1} takes "
                f"{following.n_inputs} inputs"
            )
    if len({layer.dtype for layer in layers}) > 1:
        raise ValueError(f"all layers have one dtype, got {[str(layer.dtype) for layer in layers]}")
