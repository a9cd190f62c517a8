"""Settings of transformers' Trainer that every training of ours shares."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from repro_worker.errors import RequirementMissingError
from repro_worker.train.load_policy import LoadedPolicy
from repro_worker.train.messages import TrainInput
from repro_worker.train.rank import Rank

LONGEST_CALLBACKS_IN_A_ROW: Final = 8
"""Ranks wait so many time-outs of a callback for each other before they give up."""


def training_arguments(
    request: TrainInput, policy: LoadedPolicy, rank: Rank, staging: Path
) -> dict[str, Any]:
    """Every setting that a result hangs on is stated, so that the defaults of a library may change."""
    objective, device = request.objective, policy.loaded.device
    cosine = objective.schedule == "cosine"
    return {
        "output_dir": str(staging),
        "seed": request.seed,
        "data_seed": request.seed,
        "max_steps": request.steps,
        "remove_unused_columns": False,
        "dataloader_num_workers": 0,
        # Optimizer.
        "optim": "adamw_torch",
        "adam_beta1": 0.9,
        "adam_beta2": 0.999,
        "adam_epsilon": 1e-8,
        "learning_rate": objective.learning_rate,
        "lr_scheduler_type": "cosine_with_min_lr" if cosine else "constant_with_warmup",
        "lr_scheduler_kwargs": {"min_lr_rate": objective.least_learning_rate_share} if cosine else {},
        "warmup_steps": objective.warmup_share,
        "max_grad_norm": objective.max_gradient_norm,
        "weight_decay": objective.weight_decay,
        # Hardware.
        "use_cpu": device == "cpu",
        "bf16": policy.computes_in_bfloat16,
        "fp16": False,
        "gradient_checkpointing": request.hardware.gradient_checkpointing,
        "ddp_backend": "gloo" if device == "cpu" and rank.of > 1 else None,
        "ddp_timeout": int(LONGEST_CALLBACKS_IN_A_ROW * request.callback_timeout_seconds),
        # Records: a line a step; saving is `EachStep`'s decision.
        "logging_steps": 1,
        "logging_first_step": True,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "save_total_limit": None,
        "eval_strategy": "no",
        "report_to": reporters(request),
        "disable_tqdm": True,
    }


REPORTERS: Final = {"tensorboard": "tensorboardX", "trackio": "trackio"}
"""Packages that they need."""


def reporters(request: TrainInput) -> list[str]:
    """Those of the recipe; TensorBoard's files go to `tensorboard/` of the training."""
    for name in request.report_to:
        package = REPORTERS[name]
        if find_spec(package) is None:
            raise RequirementMissingError(
                f"`train.reportTo: {name}` needs the Python package {package}, which this environment does not have. "
                "Leave it out (`metrics.jsonl` of the run has every figure), or run with an environment of your own "
                "that has it (`REPRO_PYTHON`)."
            )
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(Path(request.folder) / "tensorboard")
    return [*request.report_to] or ["none"]
