import numpy as np
import pytest

from chainrule.play.playground.data import draw, from_drawn, held_out
from chainrule.play.playground.data_sets import DATA_SETS, draw_points
from chainrule.play.playground.own_data import read_points
from chainrule.play.playground.state import DataSettings, State
from chainrule.tables import TableError


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_data_set_has_the_size_asked_for_and_is_the_same_for_a_seed(name):
    x, y = draw_points(name, 60, noise=0.1, classes=3, seed=4)
    again, _ = draw_points(name, 60, noise=0.1, classes=3, seed=4)
    other, _ = draw_points(name, 60, noise=0.1, classes=3, seed=5)
    assert x.shape == (60, 2)
    assert y.shape == (60,)
    assert np.array_equal(x, again)
    assert not np.array_equal(x, other)
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()


@pytest.mark.parametrize("name", ["spirals", "blobs"])
@pytest.mark.parametrize("classes", range(2, 7))
def test_a_data_set_of_several_classes_has_each(name, classes):
    points = draw(DataSettings(name=name, classes=classes, n=60))
    assert set(points.y) == set(range(classes))
    assert len(points.classes) == classes
    assert points.kind == ("binary" if classes == 2 else "classes")


def test_circles_without_noise_lie_on_two_circles():
    x, y = draw_points("circles", 40, noise=0.0)
    assert np.allclose(np.hypot(*x.T), np.where(y == 1, 0.5, 1.0))


def test_waves_without_noise_are_their_formula():
    x, y = draw_points("waves", 40, noise=0.0)
    assert np.allclose(y, np.sin(np.pi * x[:, 0]) * np.cos(np.pi * x[:, 1]))


def test_the_domain_holds_all_points():
    points = draw(DataSettings(name="moons"))
    x0, x1, y0, y1 = points.domain
    assert x0 < points.shown[:, 0].min() < points.shown[:, 0].max() < x1
    assert y0 < points.shown[:, 1].min() < points.shown[:, 1].max() < y1


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_the_share_asked_for_is_held_out(share):
    assert held_out(100, State(validation=share)).sum() == 100 * share


def test_targets_are_one_hot_for_several_outputs():
    points = draw(DataSettings(name="blobs", classes=3, n=30))
    assert np.array_equal(points.targets("softmax_cross_entropy").argmax(axis=1), points.y)
    assert points.targets("softmax_cross_entropy").shape == (30, 3)


def test_drawn_classes_may_be_numbers_or_words():
    by_number = from_drawn([(0.0, 0.0, 0.0), (1.0, 1.0, 2.0), (1.0, 0.0, 1.0)])
    assert by_number.kind == "classes"
    assert by_number.classes == ("0", "1", "2")
    by_word = from_drawn([(0.0, 0.0, "no"), (1.0, 1.0, "yes")])
    assert by_word.kind == "binary"
    assert by_word.classes == ("no", "yes")
    assert np.array_equal(by_word.y, [0.0, 1.0])


def test_drawn_numbers_are_numbers():
    points = from_drawn([(0.0, 0.0, 0.5), (1.0, 1.0, 2.0)])
    assert points.kind == "number"
    assert np.array_equal(points.y, [0.5, 2.0])


@pytest.mark.parametrize(
    "drawn",
    [
        [],
        [(0.0, 0.0, 1.0)],
        [(0.0, 0.0, 1.0), (1.0, 1.0, 1.0)],
        [(0.0, 0.0, 0.5), (1.0, 1.0, 0.5)],
        [(0.0, 0.0, str(i)) for i in range(7)],
    ],
)
def test_drawn_points_that_pose_no_task_are_refused(drawn):
    with pytest.raises(ValueError, match="point"):
        from_drawn(drawn)


def _table(target=lambda a, b: "yes" if a > b else "no", n=30):
    rng = np.random.default_rng(0)
    rows = ["width,height,colour,answer"]
    for _ in range(n):
        a, b = rng.normal(size=2)
        rows.append(f"{a:.4f},{b:.4f},{rng.choice(['red', 'blue'])},{target(a, b)}")
    return "\n".join(rows)


def _wide(columns, n=30, first=None):
    rng = np.random.default_rng(0)
    rows = [",".join([*(f"c{i}" for i in range(columns)), "y"])]
    for row in rng.integers(0, 100, (n, columns)):
        cells = [first or str(row[0] / 8), *(f"{cell / 8}" for cell in row[1:])]
        rows.append(",".join([*cells, "u" if row.sum() % 2 else "v"]))
    return "\n".join(rows)


def test_two_columns_are_the_inputs_standardised():
    points = read_points(_table(), "t.csv", "answer", ("height", "width"))
    assert points.axes == points.inputs == ("height", "width")
    assert points.columns == ("width", "height", "colour", "answer")
    assert points.classes == ("no", "yes")
    assert np.allclose(points.x.mean(axis=0), 0, atol=1e-9)
    assert np.allclose(points.x.std(axis=0), 1)


def test_the_rows_keep_their_order():
    text = "a,b,y\n" + "\n".join(f"{i},{i * i % 7},{'u' if i < 10 else 'v'}" for i in range(20))
    points = read_points(text, "t.csv")
    assert np.array_equal(points.y, np.arange(20) >= 10)
    assert (np.diff(points.x[:, 0]) > 0).all()


def test_a_column_of_categories_may_be_an_axis():
    points = read_points(_table(), "t.csv", "answer", ("colour", "width"))
    assert len(np.unique(points.x[:, 0])) == 2


def test_all_columns_are_shown_on_the_plane_of_a_pca():
    points = read_points(_table(), "t.csv", "answer", "pca")
    assert points.x.shape == (30, 4)
    assert points.inputs == ("width", "height", "colour=blue", "colour=red")
    assert np.allclose(points.basis @ points.basis.T, np.eye(2))
    shown = points.shown
    assert np.allclose(shown.T @ shown / 30, np.diag(shown.var(axis=0)), atol=1e-9)
    assert np.allclose(points.inputs_of(np.zeros((1, 2))), points.x.mean(axis=0))


def test_a_pca_is_the_default_of_more_than_two_columns():
    assert read_points(_table(), "t.csv").axes == ("component 1", "component 2")


def test_a_target_of_numbers_is_standardised():
    points = read_points(_table(lambda a, b: f"{3 * a + b:.5f}"), "t.csv", "answer")
    assert points.kind == "number"
    assert np.isclose(points.y.std(), 1)
    assert any("standardised" in note for note in points.notes)


def test_large_tables_lose_rows_and_the_notes_say_so():
    points = read_points(_table(n=6000), "t.csv", "answer", ("width", "height"))
    assert len(points.y) == 5000
    assert any("5000 of 6000 rows" in note for note in points.notes)


@pytest.mark.parametrize(
    ("text", "target", "axes", "words"),
    [
        ("", None, None, "empty"),
        (_table(), "answr", None, "did you mean 'answer'"),
        (_table(), "answer", ("width", "heigth"), "did you mean 'height'"),
        (_table(), "answer", ("width", "width"), "two different columns"),
        (_table(), "answer", ("width", "answer"), "unknown column 'answer'"),
        ("a,y\n" + "\n".join(f"{i},{i % 2}" for i in range(20)), "y", None, "one more column"),
        ("a,b,y\n" + "\n".join(f"{i},{-i},k{i % 7}" for i in range(40)), "y", None, "classes"),
        ("a,b,y\n1,2,3\n1,2,3\n", "y", None, "y"),
        (_wide(70), "y", "pca", "2 to 64 features, got 70; choose two columns"),
        (_wide(3, n=30, first="7"), "y", ("c0", "c1"), "'c0' is left out: one value only"),
        (_wide(200, n=5001), "y", None, "too many columns"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_a_reason(text, target, axes, words):
    with pytest.raises(ValueError, match=words):
        read_points(text, "t.csv", target, axes)


@pytest.mark.parametrize(
    "name", ["", "..", "/etc/passwd", "a\0b.csv", "x" * 500, "😀" * 200, "C:\\t.csv", "."]
)
def test_the_name_of_a_file_is_no_path(name):
    assert len(read_points(_table(), name, "answer").y) == 30


def test_a_table_error_stays_one():
    with pytest.raises(TableError):
        read_points("a,b\n1\n1,2,3,4\n5,6\n\n7", "t.csv")
