"""Files of estimators that contradict themselves, and what cannot be kept of a model."""

import numpy as np
import polars as pl
import pytest
from oracles.exportable import table_model
from oracles.hostile_files import parts, sealed

from chainrule import MLPClassifier, MLPRegressor, load, save
from chainrule.losses import LOSSES, huber, quantile
from chainrule.models import LoneNetwork, Settings, TableModel, TrainingRecord
from chainrule.saving import ModelFileError
from chainrule.saving.card import card
from chainrule.saving.describing import describe
from chainrule.saving.values import NotDataError, as_data, from_data
from chainrule.training import History

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(30, 2))
SMALL = {"hidden_layer_sizes": (2,), "max_iter": 2, "random_state": 0}
FRAME = pl.DataFrame(X, schema=["a", "b"])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model"


def changed(path, model, change):
    save(model, path)
    envelope, tensors = parts(path.read_bytes())
    change(envelope["description"], tensors)
    path.write_bytes(sealed(envelope, tensors))
    return load(path)


def texts():
    return MLPClassifier(**SMALL, standardize=True).fit(
        FRAME, np.array(["u", "v", "w"])[[0, 1, 2] * 10]
    )


def wholes():
    return MLPClassifier(**SMALL).fit(X, [0, 1] * 15)


def number():
    return MLPRegressor(**SMALL, standardize=True).fit(X, X[:, 0])


def setting(tensor, value):
    return lambda description, tensors: tensors.update({tensor: value})


def saying(**fields):
    return lambda description, tensors: description.update(fields)


def text_classes(*texts):
    return saying(classes={"dtype": "text", "texts": texts, "width": 1})


def without(tensor):
    return lambda description, tensors: tensors.pop(tensor)


@pytest.mark.parametrize(
    ("model", "change", "said"),
    [
        (texts, saying(estimator="MLPTransformer"), "Invalid enum value"),
        (texts, saying(feature_names=["a"]), "1 feature names for 2 inputs"),
        (wholes, saying(out_activation="softmax"), "has the output activation 'logistic'"),
        (texts, saying(classes=None), "a classifier has classes"),
        (texts, text_classes("u", "vv", "w"), "texts of 1"),
        (texts, text_classes("u", 1, "w"), "has no len|texts"),
        (texts, text_classes("u", "v"), "outputs for 2"),
        (texts, saying(with_mean={"inputs": True, "targets": True}), "a classifier has|lack"),
        (texts, saying(fitted_activations=[]), None),
        (texts, setting("inputs.scale_", np.zeros(2)), "a scale of the inputs is not above 0"),
        (texts, setting("inputs.mean_", np.full(2, np.inf)), "mean_ of the inputs is not finite"),
        (texts, setting("inputs.var_", np.ones(3)), r"var_ of the inputs is for \(3,\)"),
        (texts, without("inputs.mean_"), "the scales of the inputs lack mean_"),
        (wholes, setting("classes", np.zeros((2, 1))), "classes are no array of"),
        (wholes, without("classes"), "it lacks 'classes'"),
        (wholes, saying(figures={"loss": 1.0}), "a fit has no figure 'loss'"),
        (wholes, saying(parameters={"alpha": -1}), "The 'alpha' parameter of MLP"),
        (wholes, saying(parameters={"alfa": 1}), "unexpected keyword argument 'alfa'"),
        (wholes, saying(parameters={"alpha": {"a": 1, "b": 2}}), "a value has one tag, not 2"),
        (wholes, saying(parameters={"alpha": {"code": "print()"}}), "it lacks 'code'"),
        (wholes, saying(parameters={"solver": "a" * 10_001}), "10001 characters is no parameter"),
        (wholes, setting("history.rows", np.zeros((2, 2))), "a history of"),
        (wholes, setting("history.there", np.ones((1, 1), bool)), "history.there has not"),
        (number, saying(out_activation="softmin"), "no output activation 'softmin'"),
        (number, setting("targets.scale_", np.ones(2)), "scale_ of the targets is for"),
    ],
)  # fmt: skip
def test_a_contradiction_is_said(model, change, said, path):
    if said is None:  # what the next fit looks at, and no prediction
        changed(path, model(), change)
        return
    with pytest.raises(ModelFileError, match=f"model is damaged: .*({said})"):
        changed(path, model(), change)


def test_no_parameter_is_code_that_is_looked_up(path):
    """A name is a row of a table and nothing else: no module, no attribute."""
    for parameters in (
        {"solver": {"optimizer": ["os.system", {"command": "true"}]}},
        {"solver": {"optimizer": ["__class__", {}]}},
        {"activation": {"activation": "__import__"}},
        {"learning_rate": {"schedule": ["step", {"every": 0}]}},
    ):
        with pytest.raises(ModelFileError, match="is damaged"):
            changed(path, wholes(), saying(parameters=parameters))


def test_rows_of_a_history_that_lack_a_column_are_kept(path):
    model = wholes()
    rows = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": np.nan, "validation_loss": 0.25}]
    model.history_ = History(rows, "by hand", interrupted=True, weights_epoch=2)
    save(model, path)
    np.testing.assert_equal(vars(load(path).history_), vars(model.history_))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_loss_of_the_table_is_data(loss):
    assert from_data(as_data(loss, {}, "a"), {}) is loss


def test_a_huber_loss_keeps_its_delta_and_other_losses_are_no_data():
    kept = from_data(as_data(huber(3.0), {}, "a"), {})
    z, y = np.array([[0.5, 9.0]]), np.zeros((1, 2))
    np.testing.assert_array_equal(kept.value(z, y), huber(3.0).value(z, y))
    for other in (quantile([0.2, 0.7]), object(), {1, 2}, "a" * 10_001, print):
        with pytest.raises(NotDataError):
            as_data(other, {}, "a")


def test_numbers_and_texts_beyond_the_files_are_refused(path):
    model = MLPClassifier(**SMALL).fit(pl.DataFrame(X, schema=["a", "b"]), [0, 1] * 15)
    model.feature_names_in_ = np.array(["a", "\ud800"], object)
    with pytest.raises(ValueError, match="the model cannot be saved"):
        save(model, path)
    model = MLPClassifier(**SMALL).fit(X, np.array([f"{i}" for i in range(3)])[[0, 1, 2] * 10])
    model.classes_ = np.array(["a", "b" * 2_000_000, "c"])
    with pytest.raises(ValueError, match="3 classes of 2000000 characters are more than a file"):
        save(model, path)
    model.classes_ = np.array(["2020-01-01", "2021-01-01", "2022-01-01"], "datetime64[D]")
    with pytest.raises(ValueError, match=r"classes_ of the type datetime64\[D\] cannot be saved"):
        save(model, path)
    assert not path.exists()


def test_a_loss_that_is_not_in_the_table_is_refused(path):
    model = table_model("price")
    other = TableModel(model.columns, model.target, LoneNetwork(model.network, huber(2.0)))
    with pytest.raises(ValueError, match="the loss huber cannot be saved"):
        save(other, path)


def test_a_card_of_a_number_says_its_unit_and_what_was_left_out(path):
    model = table_model("price")
    history = History([{"epoch": 1, "loss": 0.5}], "over")
    record = TrainingRecord(
        Settings().as_dict(), {"train": 9}, [history], scores={"rmse": 2.0}, baseline={"rmse": None}
    )
    save(TableModel(model.columns, model.target, model.predictor, record), path)
    text = card(describe(path), "a b.svg")
    assert "predicts price: a number, " in text
    assert "](a%20b.svg)" in text
    assert "| rmse | 2 | not defined |" in text
    assert "and 46 more" in text  # inputs that the column of many categories becomes
    assert "last epoch: epoch 1, loss 0.5" in text


def test_a_card_of_a_bare_network_says_what_nobody_knows(path):
    save(table_model("price").network, path)
    text = card(describe(path), "a.svg")
    assert "their names are not recorded" in text
    assert "Not recorded." in text


def test_an_estimator_of_numbers_says_how_many(path):
    save(number(), path)
    assert describe(path).purpose.predicts == "a number a row"
    save(MLPRegressor(**SMALL).fit(X, X), path)
    assert describe(path).purpose.predicts == "2 numbers a row"


def test_classes_of_several_types_and_arrays_of_names_are_kept(path):
    model = MLPClassifier(activation=np.array(["relu"]))
    model.classes_ = np.array(["u", "v"], object)
    model.coefs_, model.intercepts_ = [np.ones((2, 1)), np.ones((1, 1))], [np.zeros(1)] * 2
    save(model, path)
    loaded = load(path)
    np.testing.assert_array_equal(loaded.classes_, model.classes_, strict=True)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.activation == ["relu"]


def test_a_long_list_is_cut(path):
    names = [f"c{i}" for i in range(60)]
    model = MLPClassifier(**SMALL).fit(np.eye(60, 60), names)
    save(model, path)
    text = card(describe(path), "a.svg")
    assert "c44 and 20 more" in text
    frame = pl.DataFrame(np.eye(60, 60), schema=names)
    save(MLPClassifier(**SMALL).fit(frame, names), path)
    assert "and 20 more." in card(describe(path), "a.svg")
