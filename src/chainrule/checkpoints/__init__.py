"""Checkpoints: files from which a run that was killed goes on, to the same bits."""

from chainrule.checkpoints.errors import CheckpointError, CheckpointWarning
from chainrule.checkpoints.evaluations import KeptEvaluations
from chainrule.checkpoints.folder import Checkpoints, checkpoints_given
from chainrule.checkpoints.identity import Identity, fingerprint, in_words
from chainrule.checkpoints.runs import KeptRun

__all__ = [
    "CheckpointError",
    "CheckpointWarning",
    "Checkpoints",
    "Identity",
    "KeptEvaluations",
    "KeptRun",
    "checkpoints_given",
    "fingerprint",
    "in_words",
]
