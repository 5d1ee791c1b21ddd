"""What `import chainrule` loads, and that its lazy names are right."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule
from chainrule import exports

LAZY = (chainrule, exports)
HEAVY = (
    "sklearn",
    "llvmlite",
    "scipy",
    "polars",
    "matplotlib",
    "rich",
    "typer",
    "jinja2",
    "msgspec",
)


def printed_by(statement):
    """Run the statement in a new process and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", statement],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_after(statement, packages):
    code = (
        f"import sys\n{statement}\nprint(*(name for name in {packages!r} if name in sys.modules))"
    )
    return printed_by(code).split()


def imported_for_type_checkers(package=chainrule):
    """Return the names under TYPE_CHECKING with their modules, as a type checker reads them."""
    source = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    (block,) = (
        node
        for node in source.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    for statement in block.body:
        assert isinstance(statement, ast.ImportFrom)
        for alias in statement.names:
            assert alias.asname == alias.name, "only `import x as x` is a public name"
            yield alias.name, statement.module


def test_importing_the_package_loads_nothing_else():
    assert loaded_after("import chainrule", (*HEAVY, "numpy", "chainrule.layers")) == []


def test_layers_and_perceptrons_need_numpy_alone():
    statement = "from chainrule import Layer, Perceptron, relu, sigmoid"
    assert loaded_after(statement, (*HEAVY, "numpy")) == ["numpy"]


def test_every_name_but_the_estimators_needs_numpy_alone():
    of_sklearn = ("chainrule.estimators", "chainrule.tabular")
    names = {n for n, home in imported_for_type_checkers() if home not in of_sklearn}
    statement = f"from chainrule import {', '.join(sorted(names))}"
    assert len(names) > 15
    assert loaded_after(statement, (*HEAVY, "numpy")) == ["numpy"]


def test_the_estimators_need_scikit_learn_and_what_it_needs():
    statement = "from chainrule import LossCurveDisplay, MLPClassifier, MLPRegressor"
    assert loaded_after(statement, HEAVY) == loaded_after("import sklearn.neural_network", HEAVY)


def test_training_as_on_the_page_needs_numpy_and_llvm_alone():
    statement = (
        "from chainrule import Layer, Perceptron, make_circles\n"
        "net = Perceptron([Layer(2, 3, 'relu'), Layer(3, 1, 'sigmoid')])\n"
        "net.fit(*make_circles(10), 1, 0.01, verbose=False)"
    )
    assert loaded_after(statement, (*HEAVY, "numpy")) == ["llvmlite", "numpy"]


def test_a_converter_for_skl2onnx_needs_no_polars():
    statement = "from chainrule.exports import register_with_skl2onnx"
    assert "polars" not in loaded_after(statement, HEAVY)


@pytest.mark.parametrize(("package", "name"), [(one, name) for one in LAZY for name in one.__all__])
def test_every_public_name_is_there(package, name):
    assert getattr(package, name) is getattr(package, name)
    assert name in dir(package)


@pytest.mark.parametrize("package", LAZY)
def test_the_lazy_names_are_those_that_type_checkers_see(package):
    typed = dict(imported_for_type_checkers(package))
    assert typed == package._HOME_OF
    assert {*package.__all__} - {"__version__"} == {*typed}


@pytest.mark.parametrize(
    ("package", "name", "module"),
    [(one, *names) for one in LAZY for names in imported_for_type_checkers(one)],
)
def test_a_lazy_name_is_what_its_module_has(package, name, module):
    assert getattr(package, name) is getattr(importlib.import_module(module), name)


def test_a_name_is_kept_once_it_is_loaded():
    code = "import chainrule\nchainrule.Layer\nprint('Layer' in vars(chainrule))"
    assert printed_by(code) == "True\n"


def test_dir_lists_names_that_are_not_loaded_yet():
    code = "import chainrule\nprint('Layer' in dir(chainrule), 'Layer' in vars(chainrule))"
    assert printed_by(code) == "True False\n"
    assert dir(chainrule) == sorted(set(dir(chainrule)))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'chainrule' has no attribute 'Perceptrom'$"):
        _ = chainrule.Perceptrom
    with pytest.raises(ImportError, match="cannot import name 'Perceptrom' from 'chainrule'"):
        from chainrule import Perceptrom  # noqa: F401


def test_a_converter_that_cannot_be_registered_keeps_nobody_from_importing(monkeypatch):
    def fail():
        raise ImportError("no such function")

    monkeypatch.setattr(exports, "register_with_skl2onnx", fail)
    with pytest.warns(
        UserWarning, match=r"cannot convert chainrule's estimators.*no such function"
    ):
        chainrule._register("register_with_skl2onnx")
