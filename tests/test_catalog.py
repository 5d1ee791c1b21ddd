import pytest

from chainrule.catalog import look_up, nearest

TABLE = {"mse": 1, "huber": 2, "MAE": 3}


@pytest.mark.parametrize("name", TABLE)
def test_a_known_name_gets_its_row(name):
    assert look_up(TABLE, name, "loss") == TABLE[name]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mes", "; did you mean 'mse'?"),
        ("HUBER", "; did you mean 'huber'?"),
        ("mae", "; did you mean 'MAE'?"),
        ("hubert", "; did you mean 'huber'?"),
        ("", ";"),
        ("quantile", ";"),
    ],
)
def test_a_wrong_name_gets_the_nearest_and_all_known(name, hint):
    with pytest.raises(ValueError, match="unknown loss") as caught:
        look_up(TABLE, name, "loss")
    assert str(caught.value) == f"unknown loss {name!r}{hint} known: mse, huber, MAE"


@pytest.mark.parametrize("name", [None, 3, ["mse"], ("mse",)])
def test_what_is_not_a_string_is_unknown(name):
    with pytest.raises(ValueError, match=r"unknown loss .* known: mse, huber, MAE"):
        look_up(TABLE, name, "loss")


def test_the_nearest_of_nothing_is_nothing():
    assert nearest("mse", []) == ""


def test_the_nearest_is_the_one_with_most_in_common():
    assert nearest("adamW", ["adam", "nadam", "adamw"]) == "; did you mean 'adamw'?"
    assert nearest("nadm", iter(["adam", "nadam"])) == "; did you mean 'nadam'?"
