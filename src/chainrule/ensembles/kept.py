"""Checkpoints of an ensemble: each member's in a folder of its own."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from chainrule.checkpoints import Checkpoints, KeptRun, fingerprint, in_words
from chainrule.ensembles.members import Member, Members
from chainrule.layers import joined
from chainrule.training.side_by_side import PlannedRun


@dataclass(frozen=True)
class KeptMembers:
    """The folder of the members' checkpoints, and whether training resumes from them.

    Parameters
    ----------
    given : Checkpoints
    resumes : bool
    """

    given: Checkpoints
    resumes: bool

    def run_of(self, members: Members, number: int, member: Member) -> PlannedRun:
        """Return a member's run with checkpoints, where it was when the last one was written.

        Raises
        ------
        CheckpointError
            If the run cannot go on from what is in its folder.
        """
        run = member.run
        folder = Path(self.given.folder) / f"network-{number + 1}"
        identity = {name: in_words(x) for name, x in asdict(members.recipe).items()} | {
            "loss": in_words(members.loss),
            "seed": in_words(members.seeds[number]),
            "rows": fingerprint(run.task.rows),
            "x": fingerprint(members.samples.x),
            "y": fingerprint(members.samples.y),
            "sample_weight": fingerprint(members.samples.sample_weight),
        }
        kept = KeptRun(replace(self.given, folder=folder), identity, resumes=self.resumes)
        theta = joined(run.layers)
        run.state.steps_of(run.task, theta)
        kept.resume(run.state, theta)
        return replace(run, trained_by=kept.train)
