"""Put the peers into a virtual environment of their own, away from the project's."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.environment import PEERS_HOME, ROOT, peers_python

TORCH = "torch==2.13.0"
OTHERS = ("jax", "onnx", "onnxruntime")
TABULAR = ("catboost", "lightgbm", "pandas", "pytabkit", "xgboost")
TOOLS = (
    "MAPIE", "cloudpickle", "eli5", "fairlearn", "imbalanced-learn", "lime", "mlflow-skinny",
    "optuna", "pandas", "shap", "skl2onnx", "skops", "yellowbrick",
)  # fmt: skip


def install() -> None:
    """Make the environment if it is missing, then install or update everything in it.

    PyTorch comes first and alone: then pip takes the build for processors where one is offered,
    and the rest is resolved around it.
    """
    if not PEERS_HOME.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS_HOME)], check=True)
    _pip(TORCH)
    _pip(*OTHERS, *TABULAR, "--editable", f"{ROOT}[cli]")


def install_tools() -> None:
    """Install or update what `benchmarks.tools` asks, in the environment of the peers."""
    install()
    _pip(*TOOLS)


def _pip(*requirements: str) -> None:
    command = [str(peers_python()), "-m", "pip", "install", *requirements]
    subprocess.run(command, check=True)
