"""Diagnosis: which mistake a hand-written backward pass or training loop has."""

from chainrule.diagnosis.book import MISTAKES
from chainrule.diagnosis.findings import Diagnosis, Finding
from chainrule.diagnosis.judging import diagnose
from chainrule.diagnosis.reading.readings import Reading

__all__ = ["MISTAKES", "Diagnosis", "Finding", "Reading", "diagnose"]
