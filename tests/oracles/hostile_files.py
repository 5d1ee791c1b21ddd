"""Spoil model files in every way and load them: ``hostile_files.py FOLDER COUNT SEED`` prints JSON.

Flipped bits, truncations and edits of the header are found by lengths and the digest; edits that
have a right digest again reach the checks behind it. Whatever loads is asked for a prediction. For
each file the time and the memory are held to a bound.
"""

from __future__ import annotations

import collections
import json
import random
import resource
import signal
import struct
import sys
import time
import traceback
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np
import polars as pl
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from chainrule import (
    MLPClassifier,
    MLPRegressor,
    TabularClassifier,
    TabularRegressor,
    tensor_files,
)
from chainrule.ensembles import Recipe
from chainrule.layers import Layer
from chainrule.models import EnsembleSettings, fit, prepare
from chainrule.optimizers import AdamW
from chainrule.perceptron import Perceptron
from chainrule.saving import ModelFileError, load, save
from chainrule.schedules import Cosine
from chainrule.tables import Table, TableError, read_table

SECONDS = 10
ROOM = 64 * 2**20  # bytes beside twice the file
ROWS = np.random.default_rng(0).normal(size=(40, 3))
TINY = Recipe((4,), members=2, epochs=15, batch_size=8, least_steps=0, learning_rate=0.05, n_bins=3)
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}
FILES = Path(__file__).parent.parent / "saving" / "files"

TABLE = pl.read_csv(FILES / "table.csv", infer_schema=False).head(2).to_dict(as_series=False)


class TooLongError(BaseException):
    """A file has not been read in time."""


def models():
    """Yield a model of each make."""
    names = np.array(["a", "b", "c"])
    yield Perceptron([Layer(3, 4, "tanh", rng=0), Layer(4, 2, "sigmoid", rng=1)])
    yield Perceptron([Layer(3, 2, "mish", rng=0, dtype=np.float32)])
    classes = np.arange(40) % 3
    yield MLPClassifier(**SMALL, standardize=True).fit(ROWS, names[classes])
    yield MLPClassifier(**SMALL, class_weight={0: 1.0, 1: 2.0, 2: 0.5}).fit(
        pl.DataFrame(ROWS, schema=["x", "y", "z"]), classes
    )
    yield MLPClassifier(**SMALL).fit(ROWS, np.eye(3, dtype=int)[classes])
    yield MLPClassifier(**SMALL, early_stopping=True).fit(
        ROWS, np.array(["u", 1, "v"], object)[[0, 2] * 20]
    )
    yield MLPRegressor(
        **SMALL,
        standardize=True,
        solver=AdamW(0.1),
        learning_rate=Cosine(1),
        dropout=[0.0, 0.1],
        n_iter_no_change=np.inf,
    ).fit(ROWS, ROWS[:, :2])
    yield MLPRegressor("quantile", **SMALL, quantile=[0.1, 0.9]).fit(ROWS, ROWS[:, 0])
    signs = names[np.digitize(ROWS[:, 0], [-0.5, 0.5])]
    frame = pl.DataFrame(ROWS, schema=["x", "y", "z"]).with_columns(code=pl.Series(names[classes]))
    with patch("chainrule.tabular.base.Recipe", return_value=TINY):
        yield TabularClassifier(random_state=0).fit(frame, signs)
        yield TabularRegressor(random_state=0).fit(ROWS, ROWS[:, 0])
    for target in ("kind", "size"):
        table = prepare(read_table(FILES / "table.csv"), target, validation_size=0.0, recipe=TINY)
        yield fit(table, EnsembleSettings(recipe=TINY)).model


def originals(folder):
    """Return the contents of a file of every kind, and of every format."""
    found = [path.read_bytes() for path in sorted(FILES.glob("*.safetensors"))]
    for model in models():
        save(model, folder / "original")
        found.append((folder / "original").read_bytes())
    return found


# Spoiling what is stored ------------------------------------------------------------------------

VALUES = (
    None, True, -1, 0, 1, 2**31, 2**63, 10**400, 1e308, -1e-320, "", "a", "relu", "x" * 10_000, [],
    {}, [[]], {"tuple": []}, {"float": "nan"}, {"float": "9" * 400}, {"array": "parameters.0"},
    {"array": "layers.0.weights"}, {"optimizer": ["adam", {"beta_1": "x"}]}, {"dict": [[[], []]]},
    {"loss": "poisson"}, {"schedule": ["step", {"every": 0}]}, {"a": 1, "b": 2}, ["", None, 1.5],
    {"optimizer": ["decaying", {"optimizer": 1, "weight_decay": 2}]}, "\ud7ff\u0000\u202e",
)  # fmt: skip


def places(value):
    """Yield each container of a JSON value with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def spoil_description(description, rng):
    """Change some of a description in place."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        container, key = rng.choice(list(places(description)))
        what = rng.randrange(5)
        if what == 0:
            del container[key]
        elif what == 1:
            container[key] = rng.choice(VALUES)
        elif what == 2 and isinstance(container, list):
            container.extend([container[key]] * rng.choice([1, 3, 200]))
        elif what == 3:
            other, place = rng.choice(list(places(description)))
            container[key] = json.loads(json.dumps(other[place]))
        elif isinstance(container[key], int | float):
            container[key] = rng.choice([-1, 0.5, 3, 2**40, container[key] + 1, -container[key]])
        else:
            container[key] = [container[key]]
        if not description:
            return


def spoil_tensors(tensors, rng):
    """Change some of the tensors in place."""
    name = rng.choice(sorted(tensors))
    array = tensors[name]
    what = rng.randrange(8)
    if what == 0:
        del tensors[name]
    elif what == 1:
        tensors[name] = np.ascontiguousarray(array.T)
    elif what == 2:
        tensors[name] = array.reshape(-1)
    elif what == 3:
        tensors[name] = array.astype(rng.choice(["f2", "f4", "f8", "i8", "u1", "?", "c8"]))
    elif what == 4:
        changed = array.astype(np.float64).reshape(-1)
        changed[rng.randrange(max(1, len(changed))) :][:1] = rng.choice([np.nan, np.inf, 1e308, 0])
        tensors[name] = changed.reshape(array.shape)
    elif what == 5:
        tensors[name] = np.zeros(
            rng.choice([(), (0,), (1,), (0, 2**40), (3, 0), (1, 1, 1), (5, 5)])
        )
    elif what == 6:
        tensors[rng.choice([name + "x", "classes", "history.there", ""])] = array
    else:
        tensors[name] = -array if array.dtype.kind in "if" else ~array


def parts(content):
    """Return the envelope and the tensors of a file."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    return json.loads(header["__metadata__"]["chainrule"]), load_tensors(content)


def sealed(envelope, tensors, description=None):
    """Return a file whose digest is right."""
    if description is None:
        text = json.dumps(envelope.pop("description"), separators=(",", ":"))
        description = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
    else:
        del envelope["description"]
    envelope["sha256"] = tensor_files._digest(description, tensors)
    front = json.dumps(envelope)[:-1]
    return save_tensors(tensors, {"chainrule": f'{front}, "description": {description.decode()}}}'})


def edited(content, other, rng):
    """Change what is stored, and make the digest right."""
    envelope, tensors = parts(content)
    what = rng.randrange(10)
    if what < 5:
        spoil_description(envelope["description"], rng)
    elif what < 8:
        spoil_tensors(tensors, rng)
    elif what == 8:
        envelope["description"], tensors = envelope["description"], parts(other)[1]
    else:
        known = ["network", "estimator", "tabular estimator", "table model"]
        kinds = [*known, "checkpoint", "", "x" * 5000]
        envelope["kind"] = rng.choice(kinds)
    return sealed(envelope, tensors)


def flipped(content, other, rng):
    """Flip some bits."""
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8, 64])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(content, other, rng):
    """Cut the file off, or have another one's end."""
    end = rng.choice([b"", b"", other[rng.randrange(len(other)) :], bytes(1000)])
    return content[: rng.randrange(len(content))] + end


def other_header(content, other, rng):
    """Change the header as text, with or without its length."""
    (length,) = struct.unpack("<Q", content[:8])
    header = bytearray(content[8 : 8 + length])
    start = rng.randrange(len(header))
    piece = rng.choice([b"", b"{", b"]", b'"', b"\\", b"9" * 30, b"[" * 9999, b" " * 9999, b"\xff"])
    header[start : start + rng.choice([0, 1, 5, 50])] = piece
    said = rng.choice([len(header), length, 0, 2**63, 2**26, length + 1])
    return struct.pack("<Q", said) + bytes(header) + content[8 + length :]


def headed(header):
    """Return a file that is a header alone."""
    return struct.pack("<Q", len(header)) + header


def numbered(count):
    """Return a JSON object of many short texts."""
    return ("{" + ",".join(f'"{i}":"{i}"' for i in range(count)) + "}").encode()


ENTRY = b'{"a":{"dtype":"F32","shape":[%s],"data_offsets":[0,0]}}'
FLOODS = (
    lambda n, seal: headed(b" " * n),
    lambda n, seal: headed(b'{"__metadata__":' + numbered(n // 14) + b"}"),
    lambda n, seal: headed(ENTRY % b",".join([b"0"] * (n // 2 - 40))),
    lambda n, seal: seal(b"[" * (n // 2) + b"]" * (n // 2)),
    lambda n, seal: seal(b'{"written_with":{"\xf0\x9f\x98\x80' + b"a" * n + b'":""}}'),
    lambda n, seal: seal(b'{"written_with":' + numbered(n // 16) + b"}"),
    lambda n, seal: seal(b'{"parameters":{"a":[' + b"[]," * (n // 3) + b"[]]}}"),
    lambda n, seal: seal(b'{"classes":{"dtype":"text","texts":[' + b'"",' * (n // 3) + b'""]}}'),
)
"""Headers of about n bytes that take many times as many."""


def flood(content, other, rng):
    """Have a header of up to some megabytes."""
    envelope, tensors = parts(content)
    size = rng.choice([2**18, 2**20, 2**21, 3_100_000, 3_500_000, 2**24])
    return rng.choice(FLOODS)(size, lambda text: sealed(dict(envelope), tensors, text))


WAYS = [edited] * 6 + [flipped] * 3 + [cut] * 2 + [other_header] * 2


def spoilt(contents, number, rng):
    """Return a spoilt file, and how it was spoilt."""
    way = flood if number % 100 == 99 else rng.choice(WAYS)
    return way(rng.choice(contents), rng.choice(contents), rng), way.__name__


# Reading it -------------------------------------------------------------------------------------


def ask(model):
    """Ask a model that was loaded for a prediction."""
    if isinstance(model, Perceptron):
        model.predict(np.ones((2, model.layers[0].n_inputs)))
    elif isinstance(model, MLPClassifier | MLPRegressor):
        model.predict(np.ones((2, model.n_features_in_)))
        repr(model)
    elif isinstance(model, TabularClassifier | TabularRegressor):
        names = getattr(model, "feature_names_in_", None)
        rows = np.ones((2, model.n_features_in_))
        model.predict(rows if names is None else pl.DataFrame(rows, schema=list(names)))
        repr(model)
    else:
        names = [column.name for column in model.columns.features]
        frame = pl.DataFrame({name: TABLE.get(name, ["1", "2"]) for name in names})
        model.predict(Table("made", frame, np.arange(1, 3), "row"))


def memory(field):
    """Return a figure of this process's memory, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return 1024 * int(line.split()[1])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forget_the_peak():
    """Have the peak of the memory counted from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def outcome(path, bad):
    """Load a file, and say how it went."""
    try:
        model = load(path)
    except ModelFileError as error:
        if "\n" in str(error) or str(path) not in str(error) or len(str(error)) > 2000:
            bad.append(f"said: {error}"[:3000])
        return "refused"
    except BaseException:
        bad.append(traceback.format_exc())
        return "broke"
    try:
        ask(model)
    except (TableError, ValueError) as error:
        return f"loaded, then {type(error).__name__}"
    except BaseException:
        bad.append("asked: " + traceback.format_exc())
        return "broke"
    return "loaded"


def main(folder, count, seed):
    """Spoil `count` files and print how reading them went."""
    warnings.simplefilter("ignore")
    contents, path = originals(folder), folder / "hostile"
    for content in contents:
        path.write_bytes(content)
        ask(load(path))

    def too_long(*_):
        raise TooLongError

    signal.signal(signal.SIGALRM, too_long)
    found, bad, slowest, largest = collections.Counter(), [], 0.0, -ROOM
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        content, way = spoilt(contents, number, rng)
        size = len(content)
        path.write_bytes(content)
        del content
        forget_the_peak()
        before, start, known = memory("VmRSS"), time.monotonic(), len(bad)
        signal.alarm(SECONDS)
        result = outcome(path, bad)
        signal.alarm(0)
        over = memory("VmHWM") - before - 2 * size
        slowest, largest = max(slowest, time.monotonic() - start), max(largest, over)
        if over > ROOM:
            bad.append(f"{over} bytes beside twice the file of {size}")
        bad[known:] = [f"file {number} of seed {seed}, {way}: {each}" for each in bad[known:]]
        found[f"{way}: {result}"] += 1
    said = {"found": found, "bad": bad[:20], "n_bad": len(bad), "slowest": slowest}
    sys.stdout.write(json.dumps(said | {"beside_twice_the_file": largest}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
