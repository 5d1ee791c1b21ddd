"""What a person may choose about a network for a table, and the estimator these choices make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chainrule.optimizers import AdamW, Optimizer, get_optimizer

if TYPE_CHECKING:
    from chainrule.estimators import MLPClassifier, MLPRegressor


@dataclass(frozen=True)
class Settings:
    """How to build and train a network.

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
