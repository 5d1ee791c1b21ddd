"""Ours beside other methods on the same rows of one table, each with its defaults."""

from chainrule.comparing.methods import METHODS, Method, is_installed
from chainrule.comparing.problem import Problem, problem_of
from chainrule.comparing.running import Figures, compare
from chainrule.comparing.standings import SCORES, TIMES, Score, Standing, standings, winners

__all__ = [
    "METHODS",
    "SCORES",
    "TIMES",
    "Figures",
    "Method",
    "Problem",
    "Score",
    "Standing",
    "compare",
    "is_installed",
    "problem_of",
    "standings",
    "winners",
]
