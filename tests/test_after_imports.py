"""What waits for imports is done once, whenever and in whichever order they come."""

import importlib
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader

import pytest

from chainrule.after_imports import after_imports

NAMES = ("awaited_first", "awaited_second")


@pytest.fixture(autouse=True)
def _modules(tmp_path, monkeypatch):
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text("answer = 42\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    before = list(sys.meta_path)
    yield
    sys.meta_path[:] = before
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("order", [NAMES, NAMES[::-1]])
@pytest.mark.parametrize("already", [0, 1, 2])
def test_it_is_done_once_when_the_last_of_them_is_imported(order, already):
    done = []
    for name in order[:already]:
        importlib.import_module(name)
    watching = len(sys.meta_path)
    after_imports(NAMES, lambda: done.append(sorted({*NAMES} & {*sys.modules})))
    for name in order[already:]:
        assert done == []
        assert importlib.import_module(name).answer == 42
    assert done == [sorted(NAMES)]
    assert len(sys.meta_path) == watching, "nobody watches any longer"
    importlib.reload(sys.modules[NAMES[0]])
    assert len(done) == 1


def test_a_look_for_the_module_is_no_import():
    done = []
    after_imports(NAMES[:1], lambda: done.append(1))
    spec = find_spec(NAMES[0])
    assert spec.origin.endswith("awaited_first.py")
    assert find_spec("awaited_nowhere") is None
    assert done == []
    importlib.import_module(NAMES[0])
    assert done == [1]


def test_a_module_that_cannot_be_imported_is_awaited_still(tmp_path):
    done = []
    path = tmp_path / "awaited_first.py"
    path.write_text("raise OSError('not today')\n", encoding="utf-8")
    after_imports(NAMES[:1], lambda: done.append(1))
    with pytest.raises(OSError, match="not today"):
        importlib.import_module(NAMES[0])
    assert done == []
    path.write_text("tomorrow = True\n", encoding="utf-8")
    importlib.invalidate_caches()
    assert importlib.import_module(NAMES[0]).tomorrow
    assert done == [1]


def test_a_loader_of_several_modules_is_left_as_it_was(tmp_path):
    class Shared(SourceFileLoader):
        def __init__(self):
            super().__init__("shared", "")

        def get_filename(self, name=None):
            return str(tmp_path / f"{name}.py")

    class Finder:
        loader = Shared()

        def find_spec(self, name, path=None, target=None):
            return spec_from_loader(name, self.loader) if name in NAMES else None

    finder, done = Finder(), []
    sys.meta_path.insert(0, finder)
    after_imports(NAMES[1:], lambda: done.append(1))
    find_spec(NAMES[1])  # the loader is watched from here on
    finder.loader.exec_module(module_from_spec(finder.find_spec(NAMES[0])))
    assert done == []
    assert importlib.import_module(NAMES[1]).answer == 42
    assert done == [1]
    importlib.reload(sys.modules[NAMES[1]])
    assert done == [1]


def test_a_module_that_is_nowhere_is_an_import_error():
    after_imports(("awaited_nowhere",), lambda: pytest.fail("it is not imported"))
    with pytest.raises(ModuleNotFoundError, match="awaited_nowhere"):
        importlib.import_module("awaited_nowhere")
