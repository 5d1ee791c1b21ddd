"""What is said of learners' implementations as they are: no right one is blamed, no wrong one is
praised, and no mistake is given another's name.
"""

import pytest
from diagnosis.implementations.table import ROWS, load

from chainrule import check_gradients, diagnose

pytestmark = pytest.mark.usefixtures("seeded")


def rows(kinds, verdict):
    chosen = [row for row in ROWS if row.kind in kinds and row.verdict == verdict]
    return pytest.mark.parametrize("row", chosen, ids=str)


CLASSES = "layer", "activation", "page"


def diagnosis_of(row):
    module = load(row.name)
    if row.kind == "page":
        return diagnose(layer=module.Layer, perceptron=module.Perceptron)
    return diagnose(getattr(module, row.how.name))


@rows(CLASSES, "right")
def test_right_classes_are_not_blamed(row):
    diagnosis = diagnosis_of(row)
    assert {finding.key for finding in diagnosis.findings} == row.told, str(diagnosis)


@rows(CLASSES, "wrong")
def test_wrong_classes_are_told_and_never_misnamed(row):
    diagnosis = diagnosis_of(row)
    if row.remark:
        assert any(row.remark in remark for remark in diagnosis.remarks), str(diagnosis)
        return
    assert not diagnosis.ok, str(diagnosis)
    keys = {finding.key for finding in diagnosis.findings}
    assert keys <= row.keys | {"not-recognised"}, str(diagnosis)


def gradients_agree(row):
    program = row.how(load(row.name))
    loss, parameters = program.pop("loss"), program.pop("parameters")
    return bool(check_gradients(loss, parameters, **program))


@rows(["program"], "right")
def test_right_programs_agree(row):
    assert gradients_agree(row)


@rows(["program"], "wrong")
def test_wrong_programs_do_not_agree(row):
    assert not gradients_agree(row)
