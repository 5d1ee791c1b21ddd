"""Gradients: any derivative beside central differences, entry by entry."""

from chainrule.gradients.check import GradientCheck, check_gradients

__all__ = ["GradientCheck", "check_gradients"]
