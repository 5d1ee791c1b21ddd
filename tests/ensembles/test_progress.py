"""One bar for all members: how many epochs are over, and how many networks are done."""

import io

from rich.console import Console

from chainrule.ensembles.progress import MembersBar
from chainrule.training import History, Run


def row(epoch):
    return {"epoch": epoch, "loss": 0.5, "validation_loss": 0.25}


def test_a_bar_counts_the_epochs_of_all_members():
    shown = io.StringIO()
    bar = MembersBar(2, Console(file=shown, force_terminal=True, width=100))
    one, other = (Run([], History(), epochs=10) for _ in range(2))
    with bar:
        for run, n in ((one, 3), (other, 1)):
            for epoch in range(n):
                run.history.rows.append(row(epoch + 1))
                bar.epoch_is_over(run)
        assert bar._progress.tasks[0].completed == 4
        assert bar._progress.tasks[0].total == 20
        one.history.stopped = "a wave brought nothing"
        bar.epoch_is_over(one)
        assert bar._progress.tasks[0].completed == 11
    assert "1/2 networks" in shown.getvalue()
    assert "held-out loss 0.2500" in shown.getvalue()


def test_nothing_is_shown_where_nobody_looks():
    shown = io.StringIO()
    with MembersBar(1, Console(file=shown)) as bar:
        run = Run([], History([row(1)]), epochs=1)
        bar.epoch_is_over(run)
    assert shown.getvalue() == ""
