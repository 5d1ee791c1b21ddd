"""Multilayer perceptrons by hand: every number can be seen and checked."""
