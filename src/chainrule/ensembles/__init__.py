"""Ensembles of small networks for tables: members on different folds, answers averaged."""

from chainrule.ensembles.calibration import (
    conformal_quantiles,
    interval_half_width,
    temperature_of,
)
from chainrule.ensembles.ensemble import Ensemble
from chainrule.ensembles.fitting import FittedEnsemble, fit_ensemble
from chainrule.ensembles.folds import folds_of
from chainrule.ensembles.held_out import held_out_losses, losses_on
from chainrule.ensembles.importance import permutation_importance
from chainrule.ensembles.inputs import BinnedNumber, FeatureRoles, NetworkInputs, learn_inputs
from chainrule.ensembles.recipe import Recipe

__all__ = [
    "BinnedNumber",
    "Ensemble",
    "FeatureRoles",
    "FittedEnsemble",
    "NetworkInputs",
    "Recipe",
    "conformal_quantiles",
    "fit_ensemble",
    "folds_of",
    "held_out_losses",
    "interval_half_width",
    "learn_inputs",
    "losses_on",
    "permutation_importance",
    "temperature_of",
]
