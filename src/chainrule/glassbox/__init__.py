"""The glass box: see every number of a step, check any gradient, be told which mistake it is."""

from chainrule.glassbox.diagnosis import Diagnosis, Finding, diagnose
from chainrule.glassbox.gradcheck import GradientCheck, check_gradients
from chainrule.glassbox.mistakes import MISTAKES
from chainrule.glassbox.tracing import Trace, trace

__all__ = [
    "MISTAKES",
    "Diagnosis",
    "Finding",
    "GradientCheck",
    "Trace",
    "check_gradients",
    "diagnose",
    "trace",
]
