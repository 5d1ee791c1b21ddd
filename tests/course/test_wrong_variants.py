"""Every known mistake is named, in the step where it is; what is not known is said to be so."""

# ruff: noqa: E501  # a learner's line stays one line

import json
from itertools import pairwise

import numpy as np
import pytest
from course.test_right_variants import (
    ACCURACY,
    ACTIVATED,
    BACK,
    BUILD,
    CUT,
    D_A,
    D_B,
    D_LOSS,
    D_W,
    IN,
    LOSS,
    MEAN,
    N_TEST,
    NEURON,
    ORDER,
    OUT,
    PARTS,
    PREDICT,
    RELU,
    SIGMOID,
    SLOPE,
    STEP,
    THROUGH,
    B,
    W,
)
from course.writing import changed, keys, looked_at

from chainrule.course.checks import batch_fit
from chainrule.course.checks.seeding import seeded
from chainrule.diagnosis import book
from chainrule.diagnosis.book import MINI_BATCH, MISTAKES, chapters
from chainrule.diagnosis.book.chapters.same import SAME_MISTAKE
from chainrule.diagnosis.page_code import function

L = "(-(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))"
D = "((y_hat - y) / (y_hat * (1 - y_hat)))"
S = "(1 / (1 + np.exp(-z)))"
DZ = "dz = da * self.activation.derivative(self.outputs)"
DA_PREV = "da_prev = np.dot(self.weights.T, dz)"
UPDATE_W = "self.weights -= learning_rate * d_weights"
UPDATE = "self.biases -= learning_rate * d_biases"

WRONG = {
    ("neuron", "sigmoid", SIGMOID): {
        "exp-sign": "return 1 / (1 + np.exp(z))",
        "brackets": "return 1 / 1 + np.exp(-z)",
        "one-missing": "return 1 / np.exp(-z)",
        "one-minus": "return 1 / (1 - np.exp(-z))",
        "not-applied": "return z",
        "relu-for-sigmoid": "return np.maximum(z, 0)",
        "tanh-for-sigmoid": "return np.tanh(z)",
        "derivative-for-value": f"return {S} * (1 - {S})",
        "step": "return np.where(z > 0, 1, 0)",
        "summed": "return np.exp(z) / np.exp(z).sum()",
        "returns-nothing": "a = 1 / (1 + np.exp(-z))",
        "not-recognised": "return 1 / (1 + 2 * np.exp(-z))",
        "raises": "import math\n        return 1 / (1 + math.exp(-z))",
        "shape": "return (1 / (1 + np.exp(-z))).ravel()",
        "no-number": "return 'σ'",
        "unfinished": "raise NotImplementedError('later')",
    },
    ("neuron", "sigmoid-derivative", SLOPE): {
        "z-times-1-minus-z": "return z * (1 - z)",
        "derivative-at-a": "a = self(self(z))\n        return a * (1 - a)",
        "value-for-derivative": "return self(z)",
        "one-minus-only": "return 1 - self(z)",
        "sign": "return -self(z) * (1 - self(z))",
        "one-plus": "return self(z) * (1 + self(z))",
        "squared": "return 1 - self(z) ** 2",
        "tanh-derivative": "return 1 - np.tanh(z) ** 2",
        "relu-derivative": "return np.where(z > 0, 1, 0)",
    },
    ("neuron", "relu", RELU): {
        "absolute": "return np.abs(z)",
        "minimum": "return np.minimum(0, z)",
        "step": "return np.where(z > 0, 1, 0)",
        "not-applied": "return z",
        "sign": "return np.maximum(0, -z)",
        "one-for-zero": "return np.maximum(1, z)",
        "largest": "return np.max(z)",
        "largest-of-column": "return np.max(z, 0)",
        "leaky": "return np.where(z > 0, z, 0.01 * z)",
        "sigmoid-for-relu": f"return {S}",
        "raises": "return max(0, z)",
        "changes-argument": "z *= (z > 0)\n        return z",
    },
    ("neuron", "relu-derivative", STEP): {
        "value-for-derivative": "return np.maximum(0, z)",
        "ones": "return np.ones_like(z)",
        "turned-round": "return np.where(z > 0, 0, 1)",
        "sign-of-z": "return np.where(z > 0, 1, -1) * (np.asarray(z) != 0)",
        "z-itself": "return z",
        "sigmoid-derivative": f"return {S} * (1 - {S})",
        "at-kink": "return np.where(z > 0, 1, np.where(z < 0, 0, -1))",
        "not-recognised": "return np.maximum(0, z) / z",
    },
    ("neuron", "neuron", NEURON): {
        "no-bias": "z = np.dot(w, x)\n    return z, f(z)",
        "bias-subtracted": "z = np.dot(w, x) - b\n    return z, f(z)",
        "bias-multiplied": "z = np.dot(w, x) * b\n    return z, f(z)",
        "bias-often": "z = np.sum(w * x + b)\n    return z, f(z)",
        "not-summed": "z = w * x + b\n    return z, f(z)",
        "no-weights": "z = np.sum(x) + b\n    return z, f(z)",
        "weights-added": "z = np.sum(w + x) + b\n    return z, f(z)",
        "averaged": "z = np.mean(w * x) + b\n    return z, f(z)",
        "order": "z = np.dot(w, x) + b\n    return f(z), z",
        "one-input": "z = w[0] * x[0] + b\n    return z, f(z)",
        "not-applied": "z = np.dot(w, x) + b\n    return z, z",
        "twice": "z = np.dot(w, x) + b\n    return z, f(f(z))",
        "derivative-for-value": "z = np.dot(w, x) + b\n    return z, f.derivative(z)",
        "always-sigmoid": "z = np.dot(w, x) + b\n    return z, sigmoid(z)",
        "always-relu": "z = np.dot(w, x) + b\n    return z, relu(z)",
        "not-a-pair": "return f(np.dot(w, x) + b)",
        "exits": "exit()",
        "recursion": "return neuron(x, w, b, f)",
    },
    ("layer", "weights", W): {
        "weights-transposed": "self.weights = np.random.uniform(-1, 1, (n_inputs, n_neurons))",
        "weights-shape": "self.weights = np.random.uniform(-1, 1, n_neurons)",
        "constant-weights": "self.weights = np.zeros((n_neurons, n_inputs))",
        "equal-columns": "self.weights = np.random.uniform(-1, 1, (n_neurons, 1)) * np.ones((1, n_inputs))",
        "seeded-inside": f"np.random.seed(10)\n        {W}",
        "whole-numbers": "self.weights = np.random.randint(-1, 2, (n_neurons, n_inputs))",
        "all-positive": "self.weights = np.random.rand(n_neurons, n_inputs)",
        "too-large": "self.weights = np.random.randn(n_neurons, n_inputs)",
        "attribute-missing": "self.weight = np.random.uniform(-1, 1, (n_neurons, n_inputs))",
        "no-number": "self.weights = None",
    },
    ("layer", "biases", f"{B}\n        self.activation"): {
        "biases-flat": "self.biases = np.random.uniform(-1, 1, n_neurons)\n        self.activation",
        "biases-row": "self.biases = np.random.uniform(-1, 1, (1, n_neurons))\n        self.activation",
        "biases-of-inputs": "self.biases = np.random.uniform(-1, 1, (n_inputs, 1))\n        self.activation",
        "biases-matrix": "self.biases = np.random.uniform(-1, 1, (n_neurons, n_inputs))\n        self.activation",
        "bias-single": "self.biases = np.random.uniform(-1, 1)\n        self.activation",
        "biases-shape": "self.biases = np.zeros((7, 7))\n        self.activation",
    },
    ("layer", "activation", "self.activation = activation_function"): {
        "attribute-missing": "activation = activation_function",
        "activation-lost": "self.activation = relu",
    },
    ("layer", "perceptron", "self.layers = layers"): {
        "attribute-missing": "layers = layers",
        "layers-reversed": "self.layers = layers[::-1]",
        "layers-nested": "self.layers = [layers]",
        "layers-lost": "self.layers = []",
        "last-layer": "for layer in layers:\n            self.layers = [layer]",
        "first-layer": "self.layers = layers[0]",
        "not-recognised": "self.layers = layers[:2]",
    },
    ("layer", "build", f"def build():\n    {BUILD}"): {
        "no-network": "def build():\n    return [Layer(2, 6, relu)]",
        "layer-count": "def build():\n    return Perceptron([Layer(2, 2, relu), Layer(2, 6, relu), Layer(6, 6, relu), "
        "Layer(6, 1, sigmoid)])",
        "layer-sizes": "def build():\n    return Perceptron([Layer(2, 6, relu), Layer(6, 6, relu), Layer(6, 2, sigmoid)])",
        "wrong-activation": "def build():\n    return Perceptron([Layer(2, 6, relu), Layer(6, 6, relu), Layer(6, 1, relu)])",
        "name-missing": "def built():\n    pass",
    },
    ("forward", "layer", ACTIVATED): {
        "not-applied": "return self.outputs",
        "twice": "return self.activation(self.activation(self.outputs))",
        "derivative-for-value": "return self.activation.derivative(self.outputs)",
        "bias-after": "return self.activation(self.outputs - self.biases) + self.biases",
        "a-row": "return self.activation(self.outputs).T",
        "flat": "return self.activation(self.outputs).ravel()",
        "returns-nothing": "self.activation(self.outputs)",
    },
    ("forward", "layer", f"{OUT}\n"): {
        "no-bias": "self.outputs = np.dot(self.weights, self.inputs)\n",
        "bias-subtracted": "self.outputs = np.dot(self.weights, self.inputs) - self.biases\n",
        "entry-by-entry": "self.outputs = self.weights * self.inputs.T + self.biases\n",
        "raises": "self.outputs = np.dot(self.inputs, self.weights) + self.biases\n",
        "flat-in-between": "self.outputs = np.dot(self.weights, self.inputs.ravel()) + self.biases\n",
        "W-transposed": "self.outputs = np.dot(self.weights.T, self.inputs) + self.biases\n",
        "not-a-column": "self.outputs = np.dot(self.weights, inputs) + self.biases\n",
    },
    ("forward", "kept", f"{IN}\n        {OUT}\n        {ACTIVATED}"): {
        "inputs-not-kept": "x = np.reshape(inputs, (-1, 1))\n        self.outputs = self.weights @ x + self.biases\n"
        f"        {ACTIVATED}",
        "inputs-no-column": "self.inputs = np.ravel(inputs)\n        self.outputs = (self.weights @ self.inputs)"
        f".reshape(-1, 1) + self.biases\n        {ACTIVATED}",
        "inputs-wrong": f"{IN}\n        {OUT}\n        self.inputs = 2 * self.inputs\n        {ACTIVATED}",
        "outputs-are-a": f"{IN}\n        self.outputs = self.activation(self.weights @ self.inputs + self.biases)\n"
        "        return self.outputs",
        "outputs-not-kept": f"{IN}\n        return self.activation(self.weights @ self.inputs + self.biases)",
        "outputs-no-bias": f"{IN}\n        self.outputs = self.weights @ self.inputs\n"
        "        return self.activation(self.outputs + self.biases)",
        "outputs-wrong": f"{IN}\n        {OUT}\n        a = {ACTIVATED[7:]}\n        self.outputs = 2 * self.outputs\n"
        "        return a",
        "weights-changed": f"{IN}\n        {OUT}\n        self.biases = self.biases + 1\n        {ACTIVATED}",
    },
    ("forward", "perceptron", THROUGH): {
        "not-chained": "for layer in self.layers:\n            a = layer.forward(inputs)\n        return a",
        "first-only": "for layer in self.layers:\n            return layer.forward(inputs)",
        "reversed": "for layer in self.layers[::-1]:\n            inputs = layer.forward(inputs)\n        return inputs",
        "last-missing": "for layer in self.layers[:-1]:\n            inputs = layer.forward(inputs)\n        return inputs",
        "first-missing": "for layer in self.layers[1:]:\n            inputs = layer.forward(inputs)\n        return inputs",
        "activated-again": "for layer in self.layers:\n            inputs = layer.activation(layer.forward(inputs))\n"
        "        return inputs",
        "x-itself": "for layer in self.layers:\n            layer.forward(inputs)\n            break\n        return inputs",
        "raw": "for layer in self.layers:\n            inputs = layer.forward(inputs)\n        return layer.outputs",
        "returns-nothing": "for layer in self.layers:\n            inputs = layer.forward(inputs)",
    },
    ("loss", "loss", LOSS): {
        "sign": f"return -{L}",
        "sign-of-one-term": "return -y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)",
        "second-term-missing": "return -y * np.log(y_hat)",
        "first-term-missing": "return -(1 - y) * np.log(1 - y_hat)",
        "y-missing": "return -(np.log(y_hat) + np.log(1 - y_hat))",
        "swapped": "return -((1 - y) * np.log(y_hat) + y * np.log(1 - y_hat))",
        "log2": "return -(y * np.log2(y_hat) + (1 - y) * np.log2(1 - y_hat))",
        "log10": "return -(y * np.log10(y_hat) + (1 - y) * np.log10(1 - y_hat))",
        "squared-error": "return (y_hat - y) ** 2",
        "half-squared-error": "return 0.5 * (y_hat - y) ** 2",
        "absolute-error": "return np.abs(y_hat - y)",
        "halved": f"return {L} / 2",
        "averaged": f"return np.mean({L})",
        "summed": f"return np.sum({L})",
        "derivative-for-loss": f"return {D}",
        "log-of-y": "return -(y_hat * np.log(y) + (1 - y_hat) * np.log(1 - y))",
        "not-recognised": f"return 3 * {L}",
        "raises": "import math\n    return -(y * math.log(y_hat) + (1 - y) * math.log(1 - y_hat))",
    },
    ("loss", "d_loss", D_LOSS): {
        "sign": f"return -{D}",
        "sigma-prime-lost": "return y_hat - y",
        "sign-and-sigma-prime": "return y - y_hat",
        "sigma-prime-twice": "return (y_hat - y) * y_hat * (1 - y_hat)",
        "brackets": "return (y_hat - y) / y_hat * (1 - y_hat)",
        "brackets-above": "return y_hat - y / (y_hat * (1 - y_hat))",
        "first-term": "return -y / y_hat",
        "second-term": "return (1 - y) / (1 - y_hat)",
        "term-sign": "return -y / y_hat - (1 - y) / (1 - y_hat)",
        "squared-error": "return 2 * (y_hat - y)",
        "loss-for-derivative": f"return {L}",
        "averaged": f"return np.mean({D})",
        "y-below": "return (y_hat - y) / (y * (1 - y))",
        "not-recognised": f"return {D} / 3",
    },
    ("loss", "average", MEAN): {
        "not-averaged": "return np.sum(loss(y_hats, y))",
        "not-summed": "return loss(y_hats, y)",
        "divided-twice": "return np.mean(loss(y_hats, y)) / len(y)",
        "last": "for p, t in zip(y_hats, y):\n        one = loss(p, t)\n    return one",
        "first": "return loss(y_hats[0], y[0])",
        "each-divided": "return loss(y_hats, y) / len(y)",
        "loss-of-average": "return loss(np.mean(y_hats), np.mean(y))",
        "sign": "return -np.mean(loss(y_hats, y))",
        "one-less": "return np.sum(loss(y_hats, y)) / (len(y) - 1)",
        "summed-and-minus": "return -np.sum(loss(y_hats, y))",
        "median": "return np.median(loss(y_hats, y))",
        "squared-error": "return np.mean((y_hats - y) ** 2)",
    },
    ("training", "backward", DA_PREV): {
        "W-not-transposed": "da_prev = np.dot(self.weights, dz)",
        "da-for-dz": "da_prev = np.dot(self.weights.T, da)",
    },
    ("training", "fit", D_A): {"sign": "da = (y - y_hat) / (y_hat * (1 - y_hat))"},
    ("evaluating", "split", PARTS): {
        "order": "return X[train], y[train], X[test], y[test]",
        "overlap": "return X[train], X[train[:10]], y[train], y[train[:10]]",
        "apart": "return X[train], X[test], y[np.sort(train)], y[np.sort(test)]",
        "labels-flat": "return X[train], X[test], y[train].ravel(), y[test].ravel()",
        "no-parts": "return X[train], X[test]",
        "rows-changed": "return X[train] + 1, X[test], y[train], y[test]",
        "rows-lost": "again = np.append(train[1:], train[1])\n    return X[again], X[test], y[again], y[test]",
    },
    ("evaluating", "split", ORDER): {
        "not-shuffled": "order = np.arange(len(X))",
        "seed-ignored": "order = np.random.permutation(len(X))",
        "seed-fixed": "order = np.random.RandomState(10).permutation(len(X))",
    },
    ("evaluating", "split", N_TEST): {
        "share": "n_test = round(len(X) * (1 - test_size))",
        "sizes": "n_test = round(len(X) * test_size) + 3",
    },
    ("evaluating", "predict", PREDICT): {
        "not-rounded": "return np.array([model.forward(row)[0] for row in X])",
        "threshold-0": "return np.array([model.forward(row)[0, 0] > 0 for row in X])",
        "turned-round": "return np.array([1 - np.round(model.forward(row)[0]) for row in X])",
        "rounded-down": "return np.array([int(model.forward(row)[0, 0]) for row in X])",
        "one-row": "for row in X:\n        return np.round(model.forward(row)[0])",
        "last-row": "for row in X:\n        label = np.round(model.forward(row)[0])\n    return label",
        "reversed": "return np.array([np.round(model.forward(row)[0]) for row in X[::-1]])",
        "signs": "return np.array([np.sign(model.forward(row)[0] - 0.5) for row in X])",
        "not-recognised": "return np.array([model.forward(row)[0, 0] > 0.52 for row in X])",
        "raises": "return np.round(model.forward(X))",
    },
    ("evaluating", "accuracy", ACCURACY): {
        "square": "return np.mean(y == predictions)",
        "square-summed": "return np.sum(y == predictions) / len(y)",
        "error-rate": "return np.mean(np.ravel(y) != np.ravel(predictions))",
        "count": "return np.sum(np.ravel(y) == np.ravel(predictions))",
        "percent": "return 100 * np.mean(np.ravel(y) == np.ravel(predictions))",
        "all-or-nothing": "return np.array_equal(np.ravel(y), np.ravel(predictions))",
        "each": "return np.ravel(y) == np.ravel(predictions)",
        "ones-only": "return np.sum(np.ravel(y) * np.ravel(predictions)) / len(y)",
        "recall": "return np.mean(np.ravel(predictions)[np.ravel(y) == 1])",
        "mean-prediction": "return np.mean(predictions)",
    },
    ("minibatches", "batches", CUT): {
        "no-batches": "return n // batch_size",
        "last-dropped": "order = np.random.permutation(n)\n    return [order[i * batch_size:(i + 1) * batch_size] "
        "for i in range(n // batch_size)]",
        "as-many": "return np.array_split(np.random.permutation(n), batch_size)",
        "rows-missing": "return [np.random.permutation(n)[i:i + batch_size] for i in range(0, n, 2 * batch_size)]",
        "rows-twice": "order = np.random.permutation(n)\n    return [order[i:i + batch_size + 1] "
        "for i in range(0, n, batch_size)]",
        "no-row": "order = np.random.permutation(n) + 1\n    return [order[i:i + batch_size] for i in range(0, n, batch_size)]",
        "empty-batch": "order = np.random.permutation(n)\n    return [order[i:i + batch_size] "
        "for i in range(0, n + 1, batch_size)]",
        "batch-sizes": "order = np.random.permutation(n)\n    return [order[i:i + 1] for i in range(n)]",
        "not-shuffled": "order = np.arange(n)\n    return [order[i:i + batch_size] for i in range(0, n, batch_size)]",
    },
    ("minibatches", "backward", D_W): {
        "dW-summed": "d_weights = np.dot(dz, self.inputs.T)",
        "dW-divided-twice": "d_weights = np.dot(dz, self.inputs.T) / m / m",
        "dW-by-neurons": "d_weights = np.dot(dz, self.inputs.T) / len(da)",
        "dW-without-derivative": "d_weights = np.dot(da, self.inputs.T) / m",
        "W-never-updated": "d_weights = 0",
        "dW-transposed": "d_weights = np.dot(self.inputs, dz.T) / m",
        "not-recognised": "d_weights = 0.7 * np.dot(dz, self.inputs.T)",
    },
    ("minibatches", "backward", D_B): {
        "db-summed": "d_biases = dz.sum(axis=1, keepdims=True)",
        "db-over-everything": "d_biases = np.mean(dz)",
        "db-sum-of-everything": "d_biases = np.sum(dz)",
        "db-everything-by-m": "d_biases = np.sum(dz) / m",
        "db-first-sample": "d_biases = dz[:, :1]",
        "db-first-by-m": "d_biases = dz[:, :1] / m",
        "db-divided-twice": "d_biases = dz.mean(axis=1, keepdims=True) / m",
        "db-without-derivative": "d_biases = da.mean(axis=1, keepdims=True)",
        "db-not-summed-by-m": "d_biases = dz / m\n        self.biases = self.biases + np.zeros((1, m))",
        "db-not-summed": "d_biases = dz\n        self.biases = self.biases + np.zeros((1, m))",
        "db-flat": "d_biases = dz.mean(axis=1)\n        self.biases = self.biases + np.zeros((1, len(dz)))",
        "db-flat-sum": "d_biases = dz.sum(axis=1)\n        self.biases = self.biases + np.zeros((1, len(dz)))",
        "b-never-updated": "d_biases = 0",
        "backward-fails": "d_biases = dz.T",
    },
    ("minibatches", "backward", DA_PREV): {
        "da_prev-divided": "da_prev = np.dot(self.weights.T, dz) / m",
        "da_prev-averaged": "da_prev = np.dot(self.weights.T, dz).mean(axis=1, keepdims=True)",
        "da_prev-summed": "da_prev = np.dot(self.weights.T, dz).sum(axis=1, keepdims=True)",
        "da-for-dz": "da_prev = np.dot(self.weights.T, da)",
        "returns-nothing": "da_prev = None",
        "W-not-transposed": "da_prev = np.dot(self.weights, dz)",
        "updated-too-early": "da_prev = np.dot((self.weights - learning_rate * d_weights).T, dz)",
    },
    ("minibatches", "backward", DZ): {
        "no-derivative": "dz = da",
        "derivative-at-a": "dz = da * self.activation.derivative(self.activation(self.outputs))",
        "derivative-twice": f"{DZ} ** 2",
        "activation-for-derivative": "dz = da * self.activation(self.outputs)",
        "dz-negated": "dz = -da * self.activation.derivative(self.outputs)",
        "raises": "dz = da * self.activation.derivate(self.outputs)",
    },
    ("minibatches", "backward", f"{UPDATE_W}\n        {UPDATE}"): {
        "added": f"{UPDATE_W}\n        {UPDATE}".replace("-=", "+="),
        "W-added": f"{UPDATE_W.replace('-=', '+=')}\n        {UPDATE}",
        "b-added": f"{UPDATE_W}\n        {UPDATE.replace('-=', '+=')}",
        "no-learning-rate": "self.weights -= d_weights\n        self.biases -= d_biases",
        "W-without-learning-rate": f"self.weights -= d_weights\n        {UPDATE}",
        "b-without-learning-rate": f"{UPDATE_W}\n        self.biases -= d_biases",
        "learning-rate-twice": f"learning_rate **= 2\n        {UPDATE_W}\n        {UPDATE}",
    },
    ("minibatches", "fit", D_A): {
        "divided-twice": "da = (y_hat - y) / (y_hat * (1 - y_hat)) / y.shape[1]",
        "by-batch-size-too": "da = (y_hat - y) / (y_hat * (1 - y_hat)) / batch_size",
        "by-n-too": "da = (y_hat - y) / (y_hat * (1 - y_hat)) / n",
        "by-n": "da = (y_hat - y) / (y_hat * (1 - y_hat)) / n * len(rows)",
        "by-batch-size": "da = (y_hat - y) / (y_hat * (1 - y_hat)) / batch_size * len(rows)",
        "sum-not-mean": "da = (y_hat - y) / (y_hat * (1 - y_hat)) * len(rows)",
        "sign": "da = (y - y_hat) / (y_hat * (1 - y_hat))",
        "sigma-prime-lost": "da = y_hat - y",
        "sigma-prime-twice": "da = (y_hat - y) * (y_hat * (1 - y_hat))",
        "not-recognised": "da = 1.3 * (y_hat - y) / (y_hat * (1 - y_hat))",
    },
    ("minibatches", "fit", "for rows in batches(n, batch_size):"): {
        "one-batch": "for rows in batches(n, n):",
        "one-by-one": "for rows in batches(n, 1):",
        "batch-shapes": "for rows in batches(n, 2):",
        "rows-changed": "for rows in [np.array([0, 1, 2]), np.array([3, 4, 5]), np.array([0])]:",
        "forward-never": "loss = 0.0\n            for rows in []:",
    },
    ("minibatches", "fit", "x, y = training_data[rows].T, labels[rows].T"): {
        "apart": "done = 0 if loss == 0 else done\n                x, y = training_data[rows].T, "
        "labels[done:done + len(rows)].T\n                done += len(rows)",
    },
    ("minibatches", "fit", BACK): {"backward-never": "pass"},
    ("minibatches", "fit", "for epoch in range(epochs):"): {
        "epochs-missing": "for epoch in range(1):",
        "epochs-too-many": "for epoch in range(epochs + 1):",
    },
    ("minibatches", "fit", "n = training_data.shape[0]"): {
        "apart": "n = training_data.shape[0]\n        training_data = training_data[np.random.permutation(n)]\n"
        "        labels = labels[np.random.permutation(n)]",
    },
    ("minibatches", "fit", "y_hat = self.forward(x)"): {
        "labels-inverted": "y_hat, y = self.forward(x), 1 - y",
    },
    ("minibatches", "fit", "{loss / n:.3f}"): {
        "loss-not-averaged": "{loss:.3f}",
        "loss-sign": "{-loss / n:.3f}",
    },
    ("minibatches", "fit", f"loss += np.sum({L[1:-1]})"): {
        "loss-of-batches": f"loss += np.mean({L})",
        "loss-squared": "loss += np.sum((y_hat - y) ** 2)",
    },
}  # fmt: skip
CASES = [
    (chapter, step, old, new, key)
    for (chapter, step, old), rows in WRONG.items()
    for key, new in rows.items()
]
FOLLOWING = {"loss": {"average"}, "layer": {"build", "biases", "activation"}, "forward": {"kept"},
             "neuron": {"sigmoid-derivative"}}  # fmt: skip


@pytest.mark.parametrize(("chapter", "step", "old", "new", "key"), CASES)
def test_it_is_named_where_it_is(chapter, step, old, new, key):
    found = keys(looked_at(chapter, changed(chapter, (old, new))))
    assert found[step] == [key]
    assert set(found) - {step} <= FOLLOWING.get(chapter, set())


def test_every_known_mistake_is_tried():
    """Only `built-on-loss` needs two mistakes; a test of its own tries it."""
    tried = {}
    for chapter, _, _, _, key in CASES:
        tried.setdefault(chapter, set()).add(key)
    for chapter, rows in chapters.BY_CHAPTER.items():
        assert {row.key for row in rows} - tried[chapter] <= {"built-on-loss"}, chapter
    of_batches = {row.key for row in MISTAKES if row.baseline == MINI_BATCH and row.lines}
    elsewhere = {"n-by-n-labels", "n-by-n-averaged", "loss-of-batches-summed", "loss-of-last-batch"}
    assert of_batches - elsewhere <= tried["minibatches"]


def test_a_row_of_the_book_is_all_that_a_mistake_needs(monkeypatch):
    doubled = "return 2 / (1 + np.exp(-z))"
    row = chapters.neuron.SIGMOID.rows(("doubled", "a is 2σ(z)", doubled))
    monkeypatch.setattr(book, "ROWS", (*book.ROWS, *row))
    book.mistakes_in.cache_clear()
    try:
        (finding,) = looked_at("neuron", changed("neuron", (SIGMOID, doubled)))["sigmoid"][
            "findings"
        ]
    finally:
        book.mistakes_in.cache_clear()
    assert finding["key"] == "doubled"
    assert finding["title"] == "a is 2σ(z)"
    assert finding["right"] == "a = σ(z) = 1 / (1 + e⁻ᶻ)"


LINES = [row for row in chapters.ROWS if row.lines]


@pytest.mark.parametrize("row", LINES, ids=lambda row: f"{row.where} {row.key}")
def test_the_lines_of_a_row_are_no_right_ones(row):
    assert set(row.lines) <= set(book.PIECES[row.where].parts)
    assert callable(function(row.where, row.lines))
    assert row.lines.items() - book.PIECES[row.where].parts.items()


def test_a_mistake_of_two_names_is_in_the_book_under_both():
    for (chapter, diagnosis), pairs in SAME_MISTAKE.items():
        for ours, theirs in pairs.items():
            assert book.get_mistake(chapter, ours)
            assert book.get_mistake(diagnosis, theirs)


@pytest.mark.parametrize("learner_scale", [0.5, 1.5, -2.0, 1.001])
@pytest.mark.parametrize("place", [D_W, D_B, DA_PREV])
def test_a_scaled_quantity_is_never_misnamed(place, learner_scale):
    name = place.split(" = ")[0]
    found = keys(looked_at("minibatches", changed(
        "minibatches", (place, f"{place}\n        {name} = {learner_scale} * {name}"))))  # fmt: skip
    assert found["backward"] == ["not-recognised"]


def test_the_evidence_is_their_number_beside_the_right_one():
    results = looked_at("loss", changed("loss", (D_LOSS, "return y_hat - y")))
    (finding,) = results["d_loss"]["findings"]
    assert finding["evidence"] == "for ŷ = 0.8, y = 1: daⁿ is −0.2; right is −1.25"
    assert finding["line"] == "line 11: return y_hat - y"
    assert finding["right"] == "daⁿ = (ŷ − y) / (ŷ (1 − ŷ))"


def test_an_average_is_not_blamed_for_the_loss_below_it():
    found = keys(looked_at("loss", changed("loss", (LOSS, f"return 3 * {L}"))))
    assert found == {"loss": ["not-recognised"], "average": ["built-on-loss"]}


def test_a_network_is_not_blamed_for_the_layers_it_is_made_of():
    transposed = "self.weights = np.random.uniform(-1, 1, (n_inputs, n_neurons))"
    results = looked_at("layer", changed("layer", (W, transposed)))
    assert keys(results) == {"weights": ["weights-transposed"]}
    assert "build" not in results


def test_math_on_arrays_is_explained():
    source = changed("neuron", (SIGMOID, "import math\n        return 1 / (1 + math.exp(-z))"))
    (finding,) = looked_at("neuron", source)["sigmoid"]["findings"]
    assert "NumPy's (np.exp, np.log) take arrays" in finding["evidence"]
    source = changed("neuron", (RELU, "return max(0, z)"))
    (finding,) = looked_at("neuron", source)["relu"]["findings"]
    assert "np.maximum" in finding["evidence"]


def test_what_is_not_right_apart_is_not_tried_together():
    results = looked_at("training", changed("training", (DA_PREV, "da_prev = None")))
    assert set(results) == {"backward", "fit"}


def test_what_is_right_apart_may_be_wrong_together():
    together = ("y_hat = self.forward(training_data[i])",
                "y_hat = self.forward(training_data[i])\n                if type(self.layers[0]) is Layer:\n"
                "                    learning_rate = 0.5")  # fmt: skip
    found = keys(looked_at("training", changed("training", together)))
    assert found == {"together": ["together"]}


def test_words_of_a_docstring_are_no_line_to_look_at():
    head = "def backward(self, da, learning_rate):\n"
    said = head + '        """Compute dz, d_weights and da_prev; return da_prev."""\n'
    early = "self.weights -= learning_rate * d_weights\n        "
    source = changed("training", (head, said), (early, ""), (DA_PREV, f"{early}{DA_PREV}"))
    (finding,) = looked_at("training", source)["backward"]["findings"]
    assert finding["key"] == "updated-too-early"
    assert finding["line"].endswith(f": {DA_PREV}")


# Batches ---------------------------------------------------------------------------------------

SHOW = 'print(f"Loss at epoch {epoch + 1}: {loss / n:.3f}")'
PAIR = "x, y = training_data[rows].T, labels[rows].T"


@pytest.mark.parametrize(("line", "key"), [
    ("d_biases = dz", "db-not-summed"),
    ("d_biases = dz / m", "db-not-summed"),
    ("d_biases = dz.mean(axis=1)", "db-flat"),
    ("d_biases = np.sum(dz, axis=1) / m", "db-flat"),
])  # fmt: skip
def test_biases_that_numpy_refuses_are_named(line, key):
    (finding,) = looked_at("minibatches", changed("minibatches", (D_B, line)))["backward"][
        "findings"
    ]
    assert finding["key"] == key
    assert "keepdims=True" in finding["title"]
    assert "biases is (2, 1)" in finding["evidence"]
    assert finding["line"].endswith(line)


@pytest.mark.parametrize("changes", [
    [(DZ, f"dz = -da * {DZ[10:]}"), ("return da_prev", "return None")],
    [(f"{UPDATE_W}\n        {UPDATE}", f"{UPDATE_W}\n        {UPDATE}".replace("-=", "+=")),
     ("return da_prev", "return None")],
])  # fmt: skip
def test_what_cannot_be_told_apart_in_a_batch_is_one_finding(changes):
    found = looked_at("minibatches", changed("minibatches", *changes))["backward"]["findings"]
    assert [finding["key"] for finding in found] == ["one-of-several"]
    assert "dz has the wrong sign" in found[0]["title"]
    assert "the step is added" in found[0]["title"]


def test_sums_are_no_mistake_beside_another():
    source = changed("minibatches", (D_W, "d_weights = np.dot(dz, self.inputs.T)"),
                     (D_B, "d_biases = dz.sum(axis=1, keepdims=True)"),
                     (DA_PREV, "da_prev = np.dot(self.weights.T, da)"))  # fmt: skip
    assert keys(looked_at("minibatches", source)) == {"backward": ["da-for-dz"]}


def test_rows_shuffled_apart_are_found_whatever_is_drawn():
    apart = (
        "training_data = training_data[np.random.permutation(n)]\n            "
        "labels = labels[np.random.permutation(n)]\n            loss = 0"
    )
    source = changed("minibatches", ("loss = 0", apart))
    for _ in range(5):
        assert keys(looked_at("minibatches", source)) == {"fit": ["apart"]}


def test_the_orders_of_the_check_disagree():
    """So that labels in one of them never are those of another by chance."""
    with seeded(batch_fit.ORDER_SEED):
        orders = [batch_fit.Y[np.random.permutation(7)].ravel().tolist() for _ in range(9)]
    assert all(one != other for one, other in pairwise(orders))
    assert len({str(order) for order in orders}) > 5


@pytest.mark.parametrize(("show", "said"), [
    ("pass", "was not found"),
    ('print(f"Loss {loss / n + 0.2:.3f}")', "none that is known"),
])  # fmt: skip
def test_a_loss_that_is_not_recognised_is_a_remark(show, said):
    results = looked_at("minibatches", changed("minibatches", (SHOW, show)))
    assert keys(results) == {}
    assert said in results["fit"]["remarks"][0]


def test_an_average_of_averages_is_a_remark():
    source = changed("minibatches", (f"loss += np.sum({L[1:-1]})", f"loss += np.mean({L})"),
                     ("{loss / n:.3f}", "{loss / 3:.3f}"))  # fmt: skip
    results = looked_at("minibatches", source)
    assert keys(results) == {}
    assert "a smaller batch count for more" in results["fit"]["remarks"][0]


def test_an_error_inside_of_a_generator_is_the_generator_s():
    source = changed("minibatches", (CUT, "yield range(None)"))
    (finding,) = looked_at("minibatches", source)["batches"]["findings"]
    assert finding["key"] == "raises"
    assert finding["line"].endswith("yield range(None)")


def test_a_generator_without_end_is_no_reason_to_wait():
    source = changed("minibatches", (CUT, "while True:\n        yield np.random.permutation(n)"))
    assert keys(looked_at("minibatches", source))["batches"] == ["rows-twice"]


# Messages --------------------------------------------------------------------------------------


def test_shapes_have_the_names_of_the_line():
    source = changed(
        "forward", (f"{OUT}\n", "self.outputs = np.dot(self.inputs, self.weights) + self.biases\n")
    )
    (finding,) = looked_at("forward", source)["layer"]["findings"]
    assert "inputs is (3, 1) and weights is (2, 3)" in finding["evidence"]
    source = changed("evaluating", (ACCURACY, "return np.mean(y @ predictions)"))
    (finding,) = looked_at("evaluating", source)["accuracy"]["findings"]
    assert "y is (5, 1) and predictions is (5, 1)" in finding["evidence"]
    assert "an update" not in finding["evidence"]
    source = changed("minibatches", (PAIR, "x, y = training_data[rows].T, labels[:2]"))
    (finding,) = looked_at("minibatches", source)["fit"]["findings"]
    assert "dz is (2, 3)" in finding["evidence"]


@pytest.mark.parametrize("raised", [
    "ValueError('x' * 10**6)",
    "type('E', (ValueError,), {'__str__': lambda self: 1 / 0})()",
    "type('E' * 10**5, (Exception,), {})('x')",
])  # fmt: skip
@pytest.mark.parametrize(("chapter", "line"), [
    ("neuron", RELU), ("layer", W), ("forward", OUT), ("loss", D_LOSS), ("training", DA_PREV),
    ("training", D_A), ("training", OUT), ("evaluating", ACCURACY), ("minibatches", DA_PREV),
    ("minibatches", PAIR),
])  # fmt: skip
def test_a_long_message_is_shortened(chapter, line, raised):
    results = looked_at(chapter, changed(chapter, (line, f"raise {raised}")))
    assert keys(results)
    assert len(json.dumps(results)) < 12_000
