"""What a person may choose about a model for a table: one network, or an ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from chainrule.ensembles import Recipe
from chainrule.optimizers import AdamW, Optimizer, get_optimizer

if TYPE_CHECKING:
    from chainrule.estimators import MLPClassifier, MLPRegressor

_RECIPE = Recipe()


@dataclass(frozen=True)
class Settings:
    """How to build and train one network.

    Attributes
    ----------
    hidden : tuple of int
        Neurons of each hidden layer; () is a linear model.
    activation : str
        Of the hidden layers.
    optimizer : str
    learning_rate : float
    weight_decay : float
        For adamw alone.
    epochs : int
        At most.
    batch_size : int
    patience : int
        More epochs in a row than this without a better validation loss end the training.
    seed : int
        Of the split, the initial weights and the orders.
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    optimizer: str = "adamw"
    learning_rate: float = 0.001
    weight_decay: float = 0.2
    epochs: int = 200
    batch_size: int = 32
    patience: int = 20
    seed: int = 10

    recipe = None
    """No network embeds the columns of the table."""

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)

    def facts(self) -> Mapping[str, str]:
        """Return what a report says of the settings."""
        return {
            "Optimizer": f"{self.make_optimizer()!r}",
            "Learning rate": f"{self.learning_rate:g}",
            "Batch size": f"{self.batch_size}",
            "Seed": f"{self.seed}",
        }

    def estimator(
        self, task: Literal["classification", "regression"]
    ) -> MLPClassifier | MLPRegressor:
        """Return the estimator that trains as was chosen, and stops early on validation rows.

        It does not standardize: the table's columns and target have their scales, as plain data
        that a model file holds without scikit-learn.
        """
        from chainrule.estimators import MLPClassifier, MLPRegressor

        kind = MLPClassifier if task == "classification" else MLPRegressor
        return kind(
            hidden_layer_sizes=self.hidden,
            activation=self.activation,
            solver=self.make_optimizer(),
            learning_rate_init=self.learning_rate,
            alpha=0.0,
            batch_size=self.batch_size,
            max_iter=self.epochs,
            random_state=self.seed,
            early_stopping=True,
            scoring="loss",
            n_iter_no_change=self.patience,
            tol=0.0,
            verbose="bar",
        )

    def make_optimizer(self) -> Optimizer:
        """Return the optimizer, with the weight decay where the optimizer takes one."""
        if self.optimizer == "adamw":
            return AdamW(weight_decay=self.weight_decay)
        return get_optimizer(self.optimizer)


@dataclass(frozen=True)
class EnsembleSettings:
    """How to build and train an ensemble: by its recipe; there is nothing to be found out.

    Attributes
    ----------
    seed : int
        Of the split, the folds, the initial weights, the orders and the dropout.
    max_time : float, optional
        Seconds for the training.
    recipe : Recipe
    """

    seed: int = 10
    max_time: float | None = None
    recipe: Recipe = _RECIPE

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name, those of the recipe among them."""
        limit = {} if self.max_time is None else {"max_time": self.max_time}
        return {"seed": self.seed, **limit, **asdict(self.recipe)}

    def facts(self) -> Mapping[str, str]:
        """Return what a report says of the settings."""
        limit = {} if self.max_time is None else {"Time at most": f"{self.max_time:g} s"}
        recipe = self.recipe
        return {
            "Optimizer": f"{AdamW(beta_2=recipe.beta_2, weight_decay=recipe.weight_decay)!r}",
            "Learning rate": f"{recipe.learning_rate:g} at most, in waves",
            "Seed": f"{self.seed}",
            **limit,
        }
