"""Diagnosis: which mistake a hand-written backward pass or training loop has."""

from chainrule.diagnosis.findings import Finding
from chainrule.diagnosis.judging import Diagnosis, diagnose
from chainrule.diagnosis.mistakes import MISTAKES

__all__ = ["MISTAKES", "Diagnosis", "Finding", "diagnose"]
