"""Tracing: one step of training written out, every number with its formula and its sources."""

from chainrule.tracing.traces import Trace, trace

__all__ = ["Trace", "trace"]
