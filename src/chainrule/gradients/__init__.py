"""Gradients: any derivative beside central differences, entry by entry."""

from chainrule.gradients.check import check_gradients
from chainrule.gradients.result import GradientCheck

__all__ = ["GradientCheck", "check_gradients"]
