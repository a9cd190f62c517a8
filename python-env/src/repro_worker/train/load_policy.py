"""The model that is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro_worker.engines.transformers.load_model import LoadedModel, load_model, physical_cores
from repro_worker.engines.transformers.messages import EngineOptions
from repro_worker.engines.transformers.pick_dtype import pick_dtype
from repro_worker.errors import CancelledError, InvalidInputError, RequirementMissingError
from repro_worker.service import Item
from repro_worker.train.messages import Hardware, TrainInput
from repro_worker.train.rank import Rank
from repro_worker.train.score_completions_only import score_completions_only

TRAINED_WITH = "sdpa"
"""Attention of forward and backward passes; the engine's flat one is for answering."""


@dataclass(frozen=True)
class LoadedPolicy:
    loaded: LoadedModel
    tokenizer: Any
    """As TRL wants it: padding on the left, with a token to pad with."""
    attention: str
    computes_in_bfloat16: bool
    """Under autocast; the weights are float32 all the same."""
    lora: Any | None
    """A `peft.LoraConfig`, or None where all weights are trained."""
    description: dict[str, Any]


def load_policy(request: TrainInput, item: Item, rank: Rank) -> LoadedPolicy:
    """Weights in float32 whatever they compute in: at a learning rate of 1e-6, bfloat16 would round most steps away."""
    from transformers import AutoTokenizer

    score_completions_only()
    hardware, model = request.hardware, request.model
    refuse_what_is_not_here(hardware)
    options = EngineOptions(
        chat_template=model.chat_template,
        thinking=model.thinking,
        dtype="float32",
        device=device_of(hardware.device, rank),
        threads=hardware.threads or max(1, physical_cores() // rank.of),
    )
    loaded = load_model(Path(model.path), options, item.progress)
    computes_in_bfloat16, why = pick_precision(request, loaded.device)
    policy: Any = loaded.model
    policy.set_attn_implementation(TRAINED_WITH)
    policy.requires_grad_(True)
    stop_when_cancelled(policy, item)
    tokenizer: Any = AutoTokenizer.from_pretrained(model.path, local_files_only=True, padding_side="left")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return LoadedPolicy(
        loaded=loaded,
        tokenizer=tokenizer,
        attention=TRAINED_WITH,
        lora=lora_config(request),
        computes_in_bfloat16=computes_in_bfloat16,
        description={
            "parameters": policy.num_parameters(),
            "device": loaded.device,
            "precision": "bfloat16" if computes_in_bfloat16 else "float32",
            "why": why,
        },
    )


def device_of(stated: str | None, rank: Rank) -> str | None:
    """A GPU of its own for each rank, where there are any."""
    import torch

    if stated is not None and stated != "cuda":
        if stated.startswith("cuda:") and rank.of > 1:
            raise InvalidInputError(
                f"`train.hardware.device: {stated}` is one GPU for {rank.of} ranks. State `cuda`: each takes its own."
            )
        return stated
    return f"cuda:{rank.number}" if torch.cuda.is_available() else stated


def refuse_what_is_not_here(hardware: Hardware) -> None:
    """Settings that a recipe may plan with already; this environment has no GPU libraries to do them."""
    if hardware.vllm is not None:
        raise RequirementMissingError(
            "`train.hardware.vllm` asks for rollouts by vLLM, which this environment does not have. Leave it out: the "
            "policy then draws its own rollouts, on a GPU as well."
        )
    if hardware.parallel != "ddp":
        raise RequirementMissingError(
            f"`train.hardware.parallel: {hardware.parallel}` keeps a part of the model on each rank, and the rollouts "
            "of this release need it whole. Use `ddp`, with `lora` where memory is short."
        )


def pick_precision(request: TrainInput, device: str) -> tuple[bool, str]:
    """Whether it computes in bfloat16, and why."""
    stated = request.hardware.precision
    if stated is not None:
        return stated == "bfloat16", "the recipe says so"
    dtype, why = pick_dtype(device)
    return str(dtype) == "torch.bfloat16", why


def lora_config(request: TrainInput) -> Any | None:
    lora = request.hardware.lora
    if lora is None:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def stop_when_cancelled(model: Any, item: Item) -> None:
    """The next pass of the model ends the training, in whatever part of a step it is."""

    def look(*_: Any) -> None:
        if item.cancelled:
            raise CancelledError

    model.register_forward_pre_hook(look)
