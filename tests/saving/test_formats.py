"""Files of every format are read as long as there is a version: one of each is kept in `files`.

Those of formats 1 and 2 were written by the versions that wrote such files, by ``chainrule train
table.csv --target kind --hidden 3 --epochs 30 --learning-rate 0.05 --seed 1``, the second with
``--missing green``. What they answered then stands beside them.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import chainrule
from chainrule import tensor_files
from chainrule.saving import open_model
from chainrule.tables import read_table

FILES = Path(__file__).parent / "files"
FORMATS = range(1, tensor_files.FORMAT + 1)


@pytest.mark.parametrize("number", FORMATS)
def test_a_table_model_of_each_format_answers_as_it_did(number):
    opened = open_model(FILES / f"format_{number}.safetensors")
    assert opened.stored.format == number
    got = opened.model.predict(read_table(FILES / "table.csv")).frame
    wanted = pl.read_csv(FILES / f"format_{number}.csv")
    assert got["prediction"].to_list() == wanted["prediction"].to_list()
    for name in wanted.columns[1:]:
        np.testing.assert_allclose(got[name], wanted[name], rtol=1e-4, atol=1e-6)


def test_the_words_for_missing_of_format_2_and_the_record_of_format_3_are_kept():
    assert chainrule.load(FILES / "format_1.safetensors").record is None
    second = chainrule.load(FILES / "format_2.safetensors")
    assert second.columns.words.added == ("green",)
    assert second.record is None
    record = chainrule.load(FILES / "format_3.safetensors").record
    assert record.rows == {"train": 12, "validation": 4, "test": 4}
    assert record.settings["hidden"] == (3,)
    assert record.n_epochs == 30


def test_a_network_of_format_3_computes_what_a_hand_does():
    network = chainrule.load(FILES / "format_3_network.safetensors")
    # z = (1·3 − 2·1 + ½, ½·3 + 3·1 − 1) = (1.5, 3.5); then 2·1.5 − 3.5 + ¼; for (−1, 1) z₁ < 0
    np.testing.assert_array_equal(network.predict([[3.0, 1.0], [-1.0, 1.0]]), [[-0.25], [-1.25]])


def test_an_estimator_of_format_3_answers_as_it_did():
    model = chainrule.load(FILES / "format_3_estimator.safetensors")
    table = pl.read_csv(FILES / "format_3_estimator.csv")
    got = model.predict_proba(table[["length", "weight (kg)"]])
    np.testing.assert_allclose(got, table[:, 2:].to_numpy(), rtol=1e-6)
    assert model.classes_.tolist() == ["high", "low", "mid"]
    assert model.get_params()["class_weight"] == {"low": 1.0, "mid": 2.0, "high": 1.0}
