"""The playground in real Chromium, against a real `chainrule play`."""

import base64
import json
import re
from typing import get_args

import numpy as np
import pytest
from oracles.played import Played

import chainrule
from chainrule.play.playground.data import draw
from chainrule.play.playground.state import DataName, State, as_json, choices

CSV = "width,height,colour,kind\n" + "\n".join(
    f"{i % 7},{i % 5},{'red' if i % 3 else 'blue'},{'big' if i % 7 + i % 5 > 5 else 'small'}"
    for i in range(70)
)


def fragment(state):
    """Return the part of the address that restores a state."""
    return "#" + base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")


def read_fragment(address):
    text = address.partition("#")[2]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else {}


def ready(page, server, state=None):
    """Open the playground and wait for its first frame."""
    page.set_default_timeout(60_000)
    page.goto(f"{server.origin}/playground" + (fragment(state) if state else ""))
    page.wait_for_function("() => chainrule.app.frame && chainrule.app.layers")
    page.wait_for_function("() => !document.getElementById('neurons').childElementCount == 0")
    return page


def trained(page, epochs):
    """Train until some epochs are over."""
    page.fill("#until-epoch", str(epochs))
    page.click("#until button")
    page.wait_for_function(f"() => app_epoch() === {epochs}")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Give one server for all tests here; each page has a training of its own."""
    running = Played(tmp_path_factory.mktemp("course"), "--port", "0")
    yield running
    running.end()


@pytest.fixture
def playground(page, server):
    page.add_init_script(
        "window.app_epoch = () => chainrule.app.frame && chainrule.app.frame.epoch"
    )
    return ready(page, server)


def theta(page):
    return np.array(page.evaluate("() => Array.from(chainrule.app.frame.arrays.theta.values)"))


def test_circles_are_learnt_to_more_than_95_percent(playground):
    trained(playground, 150)
    shown = (
        playground.inner_text("#score-accuracy"),
        playground.inner_text("#score-validation-accuracy"),
    )
    assert all(float(text.removesuffix(" %")) > 95 for text in shown), shown
    assert "150" in playground.inner_text("#epoch")


def test_play_and_pause_by_button_and_by_space(playground):
    playground.click("#play")
    playground.wait_for_function("() => app_epoch() > 3")
    playground.click("#play")
    playground.wait_for_function("() => !chainrule.app.frame.playing")
    assert playground.inner_text("#play-word") == "Play"
    before = playground.evaluate("() => app_epoch()")
    playground.locator("body").press(" ")
    playground.wait_for_function(f"() => app_epoch() > {before}")
    playground.locator("body").press(" ")
    playground.wait_for_function("() => !chainrule.app.frame.playing")


def test_single_steps(playground):
    for unit, steps in (("sample", 1), ("batch", 2)):
        playground.click(f"[data-step={unit}]")
        playground.wait_for_function(f"() => chainrule.app.frame.step === {steps}")
    playground.locator("body").press("3")
    playground.wait_for_function("() => app_epoch() === 1")
    playground.locator("body").press("r")
    playground.wait_for_function("() => app_epoch() === 0 && chainrule.app.frame.step === 0")


def test_the_address_holds_the_state_and_restores_it(playground, server):
    playground.check('input[name="set"][value="moons"]', force=True)
    playground.select_option("#learning-rate", "0.1")
    playground.click('[data-key="more-0"]')
    playground.select_option('[data-key="activation-1"]', "relu")
    playground.wait_for_function("() => location.hash.length > 20")
    playground.wait_for_timeout(400)
    state = read_fragment(playground.url)
    assert state == {
        "data": {"name": "moons"},
        "learning_rate": 0.1,
        "layers": [{"neurons": 5, "activation": "tanh"}, {"neurons": 3, "activation": "relu"}],
    }
    address = playground.url
    playground.goto("about:blank")
    playground.goto(address)
    first = playground.wait_for_function("() => chainrule.app.frame && chainrule.app.sizes")
    assert first.json_value()[1] == 5
    assert playground.is_checked('input[name="set"][value="moons"]')
    assert playground.input_value("#learning-rate") == "0.1"
    assert playground.input_value('[data-key="activation-1"]') == "relu"


def test_an_address_with_other_layers_shows_them_first_with_the_points(page, server):
    page.goto(
        f"{server.origin}/playground" + fragment({"layers": [{"neurons": 7, "activation": "relu"}]})
    )
    first = page.wait_for_function(
        "() => chainrule.app.frame && [chainrule.app.sizes, chainrule.app.points]"
    )
    (sizes, points) = first.json_value()
    assert sizes == [2, 7, 1]
    assert points["shape"] == [300, 3]


@pytest.mark.parametrize(
    "broken", ["#!!!", "#" + "A" * 30, fragment({"layers": 7}), fragment({"nonsense": 1}),
               fragment({"data": {"name": "toString"}}), fragment([1])]
)  # fmt: skip
def test_a_broken_address_gives_the_default_and_says_so(page, server, broken):
    page.goto(f"{server.origin}/playground{broken}")
    page.wait_for_function("() => chainrule.app.frame")
    assert page.is_visible("#notice")
    assert "could not be read" in page.inner_text("#notice")
    assert page.evaluate("() => chainrule.app.sizes") == [2, 4, 3, 1]


def test_scrubbing_shows_earlier_epochs_and_comes_back(playground):
    first = theta(playground)
    trained(playground, 40)
    last = theta(playground)
    slider = playground.locator("#scrub")
    slider.focus()
    slider.press("Home")
    playground.wait_for_function("() => chainrule.app.frame.shown_epoch === 0")
    np.testing.assert_array_equal(theta(playground), first)
    assert playground.inner_text("#epoch") == "0"
    slider.press("ArrowRight")
    playground.wait_for_function("() => chainrule.app.frame.shown_epoch === 1")
    playground.click("#newest")
    playground.wait_for_function("() => chainrule.app.frame.shown_epoch === 40")
    np.testing.assert_array_equal(theta(playground), last)


def test_scrubbing_has_one_command_in_flight_and_ends_at_the_last(playground):
    trained(playground, 60)
    playground.evaluate(
        """() => {
        const app = chainrule.app, send = app.send, slider = document.getElementById('scrub');
        window.sent = 0;
        app.send = (command) => {
            if (command.do === 'scrub') window.sent += 1;
            return send(command);
        };
        return new Promise((done) => {
            let epoch = 60;
            const move = () => {
                epoch -= 1;
                slider.value = epoch;
                slider.dispatchEvent(new Event('input'));
                if (epoch > 10) requestAnimationFrame(move); else done();
            };
            move();
        });
    }"""
    )
    playground.wait_for_function("() => chainrule.app.frame.shown_epoch === 10")
    assert playground.evaluate("() => window.sent") < 50


def test_a_pasted_table_is_learnt(playground):
    playground.check('input[name="set"][value="own"]', force=True)
    playground.fill("#csv", CSV)
    playground.click("#use-csv")
    playground.wait_for_function(
        "() => chainrule.app.points && chainrule.app.points.shape[0] === 70"
    )
    assert playground.input_value("#target") == "kind"
    playground.select_option("#axis-y", "height")
    playground.select_option("#axis-x", "width")
    playground.wait_for_function("() => chainrule.app.data.axes.join() === 'width,height'")
    trained(playground, 100)
    assert float(playground.inner_text("#score-accuracy").removesuffix(" %")) > 85


def test_a_broken_table_is_explained(playground):
    playground.check('input[name="set"][value="own"]', force=True)
    playground.fill("#csv", "a,b\n1")
    playground.click("#use-csv")
    playground.wait_for_selector("#notice:not([hidden])")
    assert "upload" in playground.inner_text("#notice")
    playground.check('input[name="set"][value="circles"]', force=True)
    trained(playground, 3)


def test_points_drawn_by_keyboard_and_mouse(playground):
    playground.check('input[name="set"][value="drawn"]', force=True)
    canvas = playground.locator("#boundary")
    canvas.focus()
    for key in ("ArrowLeft", "ArrowLeft", "Enter", "ArrowLeft", "Enter"):
        canvas.press(key)
    playground.click(".brush-1")
    box = canvas.bounding_box()
    for share in (0.6, 0.8):
        playground.mouse.click(box["x"] + share * box["width"], box["y"] + 0.4 * box["height"])
    playground.wait_for_function(
        "() => chainrule.app.frame.arrays.theta && chainrule.app.data.n === 4"
    )
    assert playground.evaluate("() => chainrule.app.points.shape[0]") == 4
    trained(playground, 5)
    playground.wait_for_timeout(300)
    assert len(read_fragment(playground.url)["drawn"]) == 4


def test_the_panel_shows_the_numbers_of_trace(playground):
    trained(playground, 5)
    playground.fill("#point-row", "12")
    playground.click("#point-form button")
    playground.wait_for_selector("#panel-body:not([hidden])")
    state = State()
    points = draw(state.data)
    layers = [chainrule.Layer(2, 4, "tanh"), chainrule.Layer(4, 3, "tanh")]
    net = chainrule.Perceptron([*layers, chainrule.Layer(3, 1, "sigmoid")])
    net.theta[:] = theta(playground)
    step = chainrule.trace(net, points.x[11], points.y[11:12], learning_rate=0.03)
    names = playground.eval_on_selector_all(
        "#panel-steps [data-name]", "nodes => nodes.map(node => node.dataset.name)"
    )
    assert {"z¹", "a¹", "L", "da³", "dz³", "dW³", "db³", "da²", "W¹ new"} <= set(names)
    for name in names:
        playground.click(f'#panel-steps [data-name="{name}"]')
        shown = playground.eval_on_selector_all(
            "#panel-step [data-value]", "nodes => nodes.map(node => Number(node.dataset.value))"
        )
        if name in step:
            np.testing.assert_array_equal(shown, np.ravel(step[name].value), err_msg=name)
    assert playground.locator("#panel-step math").count() >= 1
    playground.click('#panel-steps [data-name="dW²"]')
    assert playground.locator(".link.lit").count() == 1
    assert step.entry("dW2", 0, 0).split(" = ")[1] in playground.inner_text("#panel-step .filled")
    playground.locator("body").press(".")
    assert playground.inner_text('#panel-steps [aria-pressed="true"]') == "db²"


def test_a_point_is_chosen_by_a_click(playground):
    box = playground.locator("#boundary").bounding_box()
    playground.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    playground.wait_for_selector("#panel-body:not([hidden])")
    assert playground.evaluate("() => chainrule.app.boundary.chosen.length") == 2


def test_a_weight_is_edited_by_keyboard(playground):
    link = playground.locator("#links path").first
    link.focus()
    value = theta(playground)[0]
    assert repr(float(value)).lstrip("-") in playground.inner_text("#tip")
    link.press("ArrowDown")
    playground.locator("#links path").nth(1).press("Enter")
    playground.fill("#editor-value", "-2.5")
    playground.locator("#editor-value").press("Enter")
    playground.wait_for_function("() => chainrule.app.frame.arrays.theta.values[1] === -2.5")
    assert "negative" in playground.locator("#links path").nth(1).get_attribute("class")
    playground.locator("#editor-value").press("Escape")
    assert playground.is_hidden("#editor")
    bias = playground.locator("button.neuron").first
    bias.focus()
    bias.press("Enter")
    playground.fill("#editor-value", "0.75")
    playground.click("#editor button[type=submit]")
    playground.wait_for_function("() => chainrule.app.frame.arrays.theta.values[8] === 0.75")


def test_layers_are_added_and_removed(playground):
    playground.click('[data-key="add-end"]')
    playground.wait_for_function("() => chainrule.app.sizes.join() === '2,4,3,4,1'")
    playground.click('[data-key="remove-0"]')
    playground.wait_for_function("() => chainrule.app.sizes.join() === '2,3,4,1'")
    playground.click('[data-key="fewer-0"]')
    playground.wait_for_function("() => chainrule.app.sizes.join() === '2,2,4,1'")
    assert playground.locator("#links path").count() == 4 + 8 + 4
    for _ in range(4):
        playground.click('[data-key="add-0"]')
    playground.wait_for_function("() => chainrule.app.sizes.length === 8")
    assert playground.locator('[data-key="add-0"]').count() == 0


def test_large_networks_show_their_strongest_connections(page, server):
    layers = [{"neurons": 32, "activation": "relu"}, {"neurons": 32, "activation": "relu"}]
    ready(page, server, {"layers": layers})
    page.wait_for_function("() => document.querySelectorAll('#links path').length === 600")
    assert "600 strongest of 1120" in page.inner_text("#link-note")


def test_classes_and_numbers(page, server):
    blobs = {"data": {"name": "blobs", "classes": 4}, "loss": "softmax_cross_entropy"}
    ready(page, server, blobs)
    page.wait_for_function("() => chainrule.app.sizes.at(-1) === 4")
    page.check('input[name="set"][value="waves"]', force=True)
    page.wait_for_function("() => chainrule.app.frame.boundary.kind === 'number'")
    assert page.input_value("#loss") == "squared_error"
    assert page.is_hidden("#score-accuracy")
    assert page.inner_text("#output-title") == "Prediction"


def test_a_dropped_socket_is_opened_again_with_the_state_it_had(playground):
    playground.check('input[name="set"][value="xor"]', force=True)
    playground.wait_for_timeout(300)
    trained(playground, 20)
    before = theta(playground)
    playground.evaluate("() => chainrule.app.connection.drop()")
    playground.wait_for_function(
        "() => document.getElementById('announcements').textContent.startsWith('Connected again')"
    )
    playground.wait_for_function("() => chainrule.app.frame.epoch === 0")
    playground.wait_for_function(
        f"() => Math.abs(chainrule.app.frame.arrays.theta.values.at(-2) - {before[-2]}) < 1e-12"
    )
    np.testing.assert_array_equal(theta(playground), before)
    assert playground.is_checked('input[name="set"][value="xor"]')
    assert playground.inner_text("#connection") == "connected"
    trained(playground, 2)


def test_run_a_is_kept_and_compared(playground):
    trained(playground, 10)
    playground.locator("body").press("k")
    playground.wait_for_selector("#which-run:not([hidden])")
    assert playground.inner_text("#score-a").startswith("A: epoch 10")
    playground.click('[data-run="a"]')
    playground.click("#keep")
    playground.wait_for_selector("#which-run", state="hidden")


@pytest.mark.parametrize(
    ("what", "name"),
    [("python", r".*\.py"), ("weights", r".*\.json"), ("data", r".*\.csv"), ("png", r".*\.png")],
)
def test_exports_are_saved(playground, what, name):
    playground.click("#export-button")
    with playground.expect_download() as download:
        playground.click(f'[data-export="{what}"]')
    assert re.fullmatch(name, download.value.suggested_filename)
    content = download.value.path().read_bytes()
    assert content.startswith(b"\x89PNG") if what == "png" else len(content) > 50


def test_the_curve_has_a_table(playground):
    trained(playground, 30)
    playground.click("#curve-table summary")
    rows = playground.locator("#curve-table tbody tr")
    rows.nth(1).wait_for()  # how many epochs are evaluated depends on the time
    assert rows.first.inner_text().split()[0] == "30"


def test_dead_neurons_are_named(page, server):
    ready(page, server, {"layers": [{"neurons": 2, "activation": "relu"}]})
    page.evaluate(
        "() => { for (const column of [0, 1, null]) chainrule.app.send("
        "{do: 'weight', layer: 1, row: 0, column, value: column === null ? -9 : 0}); }"
    )
    page.wait_for_selector("#warnings p")
    assert page.inner_text("#warnings").startswith("Layer 1, neuron 1 is dead")


@pytest.mark.parametrize("query", ["chapter=training", "mistake=dz-negated"])
def test_the_learners_code_is_the_engine(page, server, query):
    page.set_default_timeout(60_000)
    page.goto(f"{server.origin}/playground?engine=learner&{query}")
    page.wait_for_selector("#engine:not([hidden])")
    page.click("#engine-back")
    assert page.is_hidden("#engine")
    assert "engine=" not in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(page, server, violations, scheme, width):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    ready(page, server)
    page.fill("#point-row", "3")
    page.click("#point-form button")
    page.wait_for_selector("#panel-body:not([hidden])")
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.click("#help-button")
    assert violations(page) == []


def test_a_table_is_opened_as_a_file_and_dropped(playground, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(CSV)
    playground.set_input_files("#file", file)
    playground.wait_for_function("() => chainrule.app.data.n === 70")
    assert playground.is_checked('input[name="set"][value="own"]')
    playground.evaluate(
        """() => {
        const dropped = new DataTransfer();
        dropped.items.add(new File(['a,b,c\\n' + '1,2,x\\n3,1,y\\n'.repeat(20)], 'other.csv'));
        document.body.dispatchEvent(
            new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
    }"""
    )
    playground.wait_for_function("() => chainrule.app.data.n === 40")
    assert playground.input_value("#target") == "c"


def test_drawn_points_come_back_from_the_address(page, server):
    drawn = [[-0.5, 0, 0], [-0.4, 0.2, 0], [0.5, 0, 1], [0.6, 0.1, 1]]
    ready(page, server, {"data": {"name": "drawn"}, "drawn": drawn})
    page.wait_for_function("() => chainrule.app.data.n === 4")
    assert page.inner_text("#drawn-count") == "4 points"


def test_the_skip_link_keeps_the_settings(page, server):
    ready(page, server, {"learning_rate": 0.3})
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.input_value("#learning-rate") == "0.3"
    assert page.evaluate("() => document.activeElement.id") == "network"


def test_the_mouse_reads_a_weight_exactly(playground):
    place = playground.evaluate(
        """() => {
        const path = document.querySelector('#links path');
        const point = path.getPointAtLength(path.getTotalLength() * 0.3);
        const box = document.getElementById('drawing').getBoundingClientRect();
        return [box.left + point.x, box.top + point.y];
    }"""
    )
    playground.mouse.move(*place)
    shown = playground.inner_text("#tip").replace("−", "-").replace("\u2212", "-")
    assert float(shown.rpartition(": ")[2]) in theta(playground)[:8]


def test_the_kinds_of_points_are_told_apart_by_shape(playground):
    assert playground.locator("#class-legend canvas.mark").count() == 2
    assert "hollow: held out" in playground.inner_text("#class-legend")


def test_the_pages_default_and_choices_are_the_servers(playground):
    default = playground.evaluate("() => chainrule.defaultState()")
    assert {**default, "initializer": None} == json.loads(json.dumps(as_json(State())))
    on_page, here = playground.evaluate("() => chainrule.choices"), choices()
    assert on_page["activations"] == here["activations"]
    assert on_page["optimizers"] == here["optimizers"]
    assert set(on_page["losses"]) <= {name for names in here["losses"].values() for name in names}
    assert set(on_page["data"]) == set(get_args(DataName))


def test_the_drawing_paper_does_not_shrink_around_the_first_points(page, server):
    drawn = [[-0.1, 0, 0], [0.1, 0, 1]]
    ready(page, server, {"data": {"name": "drawn"}, "drawn": drawn})
    page.wait_for_function("() => chainrule.app.data.n === 2")
    x, y = page.evaluate("() => chainrule.app.boundary.toPlane(0, 0)")
    assert x <= -1.2
    assert y >= 1.2
