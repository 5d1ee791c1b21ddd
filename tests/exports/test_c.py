"""A header of C compiles without a warning and answers as the library does."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracles.exportable import network_of, table_model

from chainrule.activations import ACTIVATIONS, Activation
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports import ExportError, export, to_c
from chainrule.exports.c_header import row_of_numbers
from chainrule.exports.checking import answers_of_c
from chainrule.exports.samples import sample_rows
from chainrule.exports.sources import source_of
from chainrule.losses import LOSSES, Loss, squared_error
from chainrule.tables import ClassTarget, MissingWords

COMPILERS = ("gcc", "clang")


@pytest.fixture(params=[COMPILERS[0], pytest.param(COMPILERS[1], marks=pytest.mark.slow)])
def compiler(request):
    found = shutil.which(request.param)
    if found is None:
        pytest.skip(f"there is no {request.param} here")
    return found


@pytest.fixture
def some_compiler():
    found = next((one for one in map(shutil.which, ("cc", *COMPILERS)) if one), None)
    if found is None:
        pytest.skip("there is no C compiler here")
    return found


def test_a_float_network_agrees_over_ten_thousand_inputs(compiler):
    network = network_of([16, 32, 32, 3], dtype=np.float32)
    loss = "softmax_cross_entropy"
    x = np.random.default_rng(1).normal(size=(10_000, 16)).astype(np.float32)
    got = answers_of_c(to_c(network, loss=loss, name="net"), "net", x.tolist(), compiler)
    assert np.abs(got - network.predict(x, loss=loss)).max() < 1e-6


@pytest.mark.parametrize("precision", ["float", "double"])
@pytest.mark.parametrize("target", ["kind", "sick", "price"])
def test_every_kind_of_column_and_target(compiler, target, precision):
    model = table_model(target)
    text = to_c(model, name="made", precision=precision)
    source = source_of(model)
    rows = sample_rows(source.forward_pass, 500, seed=7)
    numbers = [row_of_numbers(source.forward_pass, row) for row in rows]
    got, expected = answers_of_c(text, "made", numbers, compiler), source.answer(rows)
    assert expected.std() > 0
    np.testing.assert_allclose(got, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("precision", ["float", "double"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(compiler, activation, precision):
    network = network_of([3, 4, 2], activation, last=activation)
    text = to_c(network, precision=precision)
    x = np.random.default_rng(0).normal(size=(60, 3)) * np.logspace(-4, 1, 60)[:, None]
    x = x.astype(np.float32).astype(float)
    got = answers_of_c(text, "model", x.tolist(), compiler)
    near = 1e-6 if precision == "float" else 1e-12
    np.testing.assert_allclose(got, network.predict(x), rtol=near * 10, atol=near)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_link_of_every_loss(some_compiler, loss):
    network = network_of([3, 4, 2])
    x = np.random.default_rng(0).normal(size=(50, 3)) * 20
    got = answers_of_c(to_c(network, loss=loss), "model", x.tolist(), some_compiler)
    np.testing.assert_allclose(got, network.predict(x, loss=loss), rtol=1e-9, atol=1e-12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from([None, *LOSSES]),
    precision=st.sampled_from(["float", "double"]),
    seed=st.integers(0, 99),
)
def test_any_network(some_compiler, sizes, activation, loss, precision, seed):
    network = network_of(sizes, activation, seed=seed)
    if loss == "softmax_cross_entropy" and sizes[-1] == 1:
        loss = None
    assert "the library's answers" in export(network, "c", loss=loss, precision=precision).checked


def test_codes_of_categories_and_missing_numbers_are_named():
    text = to_c(table_model())
    for line in ("MODEL_GROSSE_M2 = 0,", "MODEL_COLOUR_X_RED = 4,", "MODEL_COLUMN_5 = 4,",
                 "MODEL_MANY_OTHER = 50", "MODEL_COLOUR_X_OTHER = 5"):  # fmt: skip
        assert line in text
    assert '"\\303\\247"' in text  # ç


def test_names_are_told_apart_and_cannot_leave_comments_and_strings(some_compiler):
    lines = [line.split() for line in to_c(table_model()).splitlines()]
    constants = [words[0] for words in lines if words[1:2] == ["="] and "MODEL_" in words[0]]
    assert len(constants) == len(set(constants)) == 7 + 5 + 1 + 50 + 1


def test_declared_words_for_missing_are_missing(some_compiler):
    model = table_model(words=MissingWords(added=("-999",)))
    assert "x == -999.0" in to_c(model)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_classifiers(some_compiler, classes, standardize):
    rng = np.random.default_rng(0)
    x, y = (
        rng.normal(size=(80, 4)) * 50 + 1000,
        np.array(["u", "v", "w"])[rng.integers(classes, size=80)],
    )
    model = MLPClassifier((6,), max_iter=5, standardize=standardize, random_state=0).fit(x, y)
    got = answers_of_c(to_c(model), "model", x.tolist(), some_compiler)
    np.testing.assert_allclose(got, model.predict_proba(x), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_regressors(some_compiler, outputs):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 4)), rng.normal(size=(80, outputs)) * 9 + 100
    model = MLPRegressor(hidden_layer_sizes=(6,), max_iter=5, standardize=True, random_state=0).fit(
        x, y.squeeze()
    )
    got = answers_of_c(to_c(model), "model", x.tolist(), some_compiler)
    np.testing.assert_allclose(got.squeeze(), model.predict(x), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_rows_with_several_labels(some_compiler):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 4)), rng.integers(2, size=(80, 3))
    model = MLPClassifier((6,), max_iter=5, random_state=0).fit(x, y)
    got = answers_of_c(to_c(model), "model", x.tolist(), some_compiler)
    np.testing.assert_allclose(got, model.predict_proba(x), rtol=1e-9, atol=1e-12)


def test_a_header_stands_in_several_files_of_a_program(some_compiler, tmp_path):
    (tmp_path / "made.h").write_text(to_c(table_model(), name="made"))
    (tmp_path / "other.c").write_text(
        '#include "made.h"\nint other(void);\nint other(void) { return MADE_N_INPUTS; }\n'
    )
    (tmp_path / "main.c").write_text(
        '#include "made.h"\n#include "made.h"\nint other(void);\nint main(void)\n{\n'
        "    double row[MADE_N_INPUTS] = {0};\n    float outputs[MADE_N_OUTPUTS];\n"
        "    made_predict(row, outputs);\n"
        "    return !made_class_name(made_class(outputs)) || other() != MADE_N_INPUTS;\n}\n"
    )  # fmt: skip
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    program = tmp_path / "program"
    files = [str(tmp_path / "main.c"), str(tmp_path / "other.c")]
    subprocess.run([some_compiler, *flags, *files, "-o", str(program), "-lm"], check=True)
    subprocess.run([str(program)], check=True)


def test_without_a_compiler_the_header_is_written_and_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    assert export(network_of([2, 1]), "c").checked.startswith("not run: there is no C compiler")


def test_a_header_that_answers_wrongly_is_refused(some_compiler, monkeypatch):
    from chainrule.exports import formulas

    wrong = formulas.Formula("(z < 0.1{f} ? 0.0{f} : z)", "z", lambda graph, z: z)
    monkeypatch.setitem(formulas.FORMULAS, "relu", wrong)
    with pytest.raises(ExportError, match=r"of the exported header failed: 8 rows, farthest"):
        to_c(network_of([4, 8, 2]))


def test_what_cannot_be_written_gets_a_sentence():
    relu = ACTIVATIONS["relu"]
    own = network_of([2, 3, 1], Activation("mine", relu.f, relu.df))
    with pytest.raises(ExportError, match=r"activation mine is not the library's.*identity, relu"):
        to_c(own)
    impostor = network_of([2, 3, 1], Activation("relu", np.cos, np.sin))
    with pytest.raises(ExportError, match="not the library's"):
        to_c(impostor)
    cubic = Loss("cubic", squared_error.value, squared_error.dz, lambda z: z**3)
    with pytest.raises(ExportError, match="link of the loss cubic is not the library's"):
        to_c(network_of([2, 1]), loss=cubic)
    with pytest.raises(ExportError, match=r"'9 lives' cannot begin names in C or Python; give"):
        to_c(network_of([2, 1]), name="9 lives")
    with pytest.raises(TypeError, match="what can be exported is a Perceptron"):
        to_c("model.safetensors")
    broken = network_of([2, 1])
    broken.theta[0] = np.nan
    with pytest.raises(ExportError, match="weight or bias of layer 1 is not finite"):
        to_c(broken)
    with pytest.raises(ValueError, match="unknown format 'rust'; known: "):
        export(network_of([2, 1]), "rust")
    with pytest.raises(ValueError, match="unknown precision 'half'"):
        to_c(network_of([2, 1]), precision="half")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_features_of_a_frame_are_named_and_one_class_is_no_choice(some_compiler):
    frame = pl.DataFrame(np.eye(4), schema=["Größe", "größe", "a b", "年"])
    model = MLPClassifier((2,), max_iter=1).fit(frame, ["u", "v", "u", "v"])
    single = MLPClassifier((2,), max_iter=1).fit(frame, ["u"] * 4)
    text = to_c(model)
    for line in (
        "MODEL_GROSSE = 0,",
        "MODEL_GROSSE_2 = 1,",
        "MODEL_A_B = 2,",
        "MODEL_FEATURE_4 = 3,",
    ):
        assert line in text
    with pytest.raises(ExportError, match="knows one class alone"):
        to_c(single)


def test_answers_that_are_not_finite_and_names_that_are_too_long_get_a_sentence():
    huge = network_of([2, 3, 1], dtype=np.float32)
    huge.theta *= np.float32(1e38)
    with pytest.raises(ExportError, match="answers for sample rows are not finite"):
        to_c(huge)
    model = table_model()
    long = replace(model, target=ClassTarget("kind", ("a", "b" * 5000, "c")))
    with pytest.raises(ExportError, match="is longer than a string of C may be"):
        to_c(long)
