"""The error and the warning of checkpoints."""

from __future__ import annotations


class CheckpointError(ValueError):
    """A run cannot go on from the checkpoints of a folder; the message is one line."""


class CheckpointWarning(UserWarning):
    """A checkpoint is damaged, and the one before it is used."""
