"""An exported Python file needs NumPy alone and answers as the library does."""

import datetime as dt
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.exportable import NAMES, network_of, table, table_model

from chainrule.activations import ACTIVATIONS
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports import ExportError, export, formulas, to_numpy
from chainrule.exports.samples import sample_rows
from chainrule.exports.sources import source_of
from chainrule.losses import LOSSES
from chainrule.tables import MissingWords, Table


def names_of(text):
    names = {}
    exec(text, names)
    return names


@pytest.fixture(scope="module", params=["kind", "sick", "price"])
def model(request):
    return table_model(request.param)


def test_every_kind_of_column_and_target(model):
    names = names_of(to_numpy(model))
    source = source_of(model)
    rows = sample_rows(source.forward_pass, 500, seed=7)
    np.testing.assert_allclose(names["encode"](rows), source.encode(rows), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(names["outputs"](rows), source.answer(rows), rtol=2e-6, atol=2e-6)


def test_the_answers_for_the_table_itself(model):
    names, rows = names_of(to_numpy(model)), table()
    frame = model.predict(rows).frame
    got = names["predict"](rows.frame.to_dicts())
    if "probability of a" not in frame.columns and frame["prediction"].dtype != pl.String:
        np.testing.assert_allclose(got, frame["prediction"].to_numpy(), rtol=1e-6)
        return
    probabilities = frame.drop("prediction").to_numpy()
    np.testing.assert_allclose(
        names["predict_proba"](rows.frame.to_dicts()), probabilities, atol=2e-6
    )
    clear = np.abs(np.diff(np.sort(probabilities, axis=1)[:, -2:])) > 1e-5
    assert clear.mean() > 0.9
    assert (got == frame["prediction"].to_numpy())[clear[:, 0]].all()


def test_rows_as_dicts_as_lists_and_one_alone(model):
    names = names_of(to_numpy(model))
    dicts = table().frame.head(5).to_dicts()
    lists = [[row[name] for name in names["COLUMNS"]] for row in dicts]
    expected = names["predict"](dicts)
    assert len(expected) == 5
    assert (names["predict"](lists) == expected).all()
    assert (names["predict"](np.array(lists, dtype=object)) == expected).all()
    (alone,) = names["predict"](dicts[0])
    if isinstance(alone, str):
        assert alone == expected[0]
    else:  # other products of matrices, other rounding
        assert alone == pytest.approx(expected[0], rel=1e-6)
    assert len(names["predict"]([])) == 0


def test_values_as_people_write_them_are_read_as_the_library_reads_them():
    model = table_model(words=MissingWords(added=("-999", "red?"), kept=("NA",)))
    names = names_of(to_numpy(model))
    good = table().frame.drop("sick", "price").drop_nulls().row(0, named=True)
    odd = [
        {NAMES[0]: "", NAMES[1]: "NA", NAMES[5]: "NA"},
        {NAMES[0]: "-999", NAMES[1]: "red?", NAMES[5]: "red?"},
        {NAMES[0]: -999, NAMES[1]: "n/a", NAMES[5]: "never seen"},
        {NAMES[0]: "1.5", NAMES[2]: "Yes", NAMES[3]: "2021-03-01 07:30"},
        {NAMES[0]: None, NAMES[2]: 0, NAMES[3]: None, NAMES[6]: dt.date(2024, 12, 31)},
        {NAMES[3]: dt.datetime(2024, 2, 29, 23, 59, 59)},
        {NAMES[3]: dt.datetime(1600, 2, 29), NAMES[6]: dt.datetime(9999, 12, 31)},
    ]
    for changes in odd:
        row = {**good, **changes}
        series = [pl.Series(name, [value]) for name, value in row.items()]
        encoded = model.columns.encode(
            Table("row", pl.DataFrame(series), np.array([1]), "row"), dtype=np.float32
        )
        np.testing.assert_allclose(
            names["encode"](row), encoded.values, atol=1e-6, err_msg=str(changes)
        )


def test_moments_with_a_zone_are_taken_in_utc():
    names = names_of(to_numpy(table_model()))
    row = table().frame.drop_nulls().row(0, named=True)
    here = dt.timezone(dt.timedelta(hours=5))
    same = [
        dt.datetime(2022, 1, 1, 3, 0),
        dt.datetime(2022, 1, 1, 8, 0, tzinfo=here),
        "2022-01-01T08:00+05:00",
        np.datetime64("2022-01-01T03:00"),
    ]
    features = names["encode"]([{**row, NAMES[3]: moment} for moment in same])
    assert (features == features[0]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({NAMES[0]: "much"}, "row 0, column 'Größe .*: 'much' is not a number"),
        ({NAMES[0]: float("inf")}, "row 0, column 'Größe .*: inf is infinite"),
        ({NAMES[2]: 2}, "row 0, column 'owns': 2 is neither true nor false"),
        ({NAMES[3]: "soon"}, "row 0, column 'since': 'soon' is not a date"),
    ],
)
def test_values_that_do_not_fit_are_named(changes, message):
    names = names_of(to_numpy(table_model()))
    row = table().frame.drop_nulls().row(0, named=True)
    with pytest.raises(ValueError, match=message):
        names["predict"]({**row, **changes})


def test_rows_that_do_not_fit_are_named():
    names = names_of(to_numpy(network_of([2, 1])))
    with pytest.raises(ValueError, match="row 1 lacks the column 'x1'"):
        names["predict"]([{"x0": 1, "x1": 2}, {"x0": 1}])
    with pytest.raises(ValueError, match="row 0 is no row of 2 values in the order of COLUMNS"):
        names["predict"]([1.0, 2.0])
    with pytest.raises(ValueError, match="row 0, column 'x1': nan is not finite"):
        names["predict"]([[1.0, np.nan]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation, dtype):
    network = network_of([3, 4, 2], activation, last=activation, dtype=dtype)
    largest = 0 if activation == "cos" else 4  # cos of a large z shows how z was rounded
    x = np.random.default_rng(0).normal(size=(60, 3)) * np.logspace(-4, largest, 60)[:, None]
    got = names_of(to_numpy(network))["predict"](x)
    near = 1e-6 if dtype == np.float32 else 1e-14
    assert got.dtype == dtype
    np.testing.assert_allclose(got, network.predict(x), rtol=near * 10, atol=near)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from([None, *LOSSES]),
    precision=st.sampled_from(["float", "double"]),
    seed=st.integers(0, 99),
)
def test_any_network(sizes, activation, loss, precision, seed):
    network = network_of(sizes, activation, seed=seed)
    assert (
        "the library's answers" in export(network, "numpy", loss=loss, precision=precision).checked
    )


def test_weights_keep_every_bit_written_as_numbers_or_as_bytes():
    for dtype in (np.float32, np.float64):
        network = network_of([150, 140, 3], dtype=dtype)  # the first layer is above the limit
        text = to_numpy(network)
        names = names_of(text)
        assert "b64decode" in text
        for k, layer in enumerate(network.layers, start=1):
            assert (names[f"W{k}"] == layer.weights).all()
            assert (names[f"B{k}"] == layer.biases[:, 0]).all()
            assert names[f"W{k}"].dtype == dtype


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("labels", [["u", "v"], ["u", "v", "w"], [3, 7, 9], [False, True]])
def test_classifiers(labels):
    rng = np.random.default_rng(0)
    x = pl.DataFrame(rng.normal(size=(80, 3)) * 50 + 1000, schema=["a", "b", "ç"])
    y = np.array(labels)[rng.integers(len(labels), size=80)]
    model = MLPClassifier((6,), max_iter=5, standardize=True, random_state=0).fit(x, y)
    names = names_of(to_numpy(model))
    np.testing.assert_allclose(names["predict_proba"](x.to_dicts()), model.predict_proba(x))
    assert names["predict"](x.to_numpy()).tolist() == model.predict(x).tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_labels_and_regressors():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 4)), rng.integers(2, size=(80, 3))
    labels = MLPClassifier((6,), max_iter=5, random_state=0).fit(x, y)
    assert (names_of(to_numpy(labels))["predict"](x) == labels.predict(x)).all()
    for targets in (y, y[:, 0] * 1000.0):
        model = MLPRegressor(hidden_layer_sizes=6, max_iter=5, standardize=True, random_state=0)
        model.fit(x, targets)
        got = names_of(to_numpy(model))["predict"](x)
        assert got.shape == targets.shape
        np.testing.assert_allclose(got, model.predict(x))


def test_the_file_loads_nothing_but_numpy(tmp_path, model):
    (tmp_path / "made.py").write_text(to_numpy(model, name="made"), encoding="utf-8")
    code = (
        "import sys; import made; made.predict([])\n"
        "packages = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(packages & {'chainrule', 'scipy', 'polars', 'sklearn', 'numpy'}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": ""},
    )  # fmt: skip
    assert done.stdout.split() == ["numpy"], done.stderr


def test_a_file_that_answers_wrongly_is_refused(monkeypatch):
    wrong = formulas.Formula("z", "np.maximum(z, 0.1)", lambda graph, z: z)
    monkeypatch.setitem(formulas.FORMULAS, "relu", wrong)
    with pytest.raises(ExportError, match="the file answers 200 sample rows differently"):
        to_numpy(network_of([4, 8, 2]))
