"""Trace one training step: every number with its formula and sources."""

from chainrule.tracing.traces import Trace, trace

__all__ = ["Trace", "trace"]
