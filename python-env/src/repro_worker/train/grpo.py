"""Reinforcement learning of the rephraser (method.md section 2), from the request to the last checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trl.trainer.grpo_config import GRPOConfig

from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.errors import NothingToTrainOnError
from repro_worker.service import Item
from repro_worker.train.checkpoints import Checkpoints
from repro_worker.train.data_event import data_event
from repro_worker.train.grpo_trainer import ReproGrpoTrainer
from repro_worker.train.guarded_trainer import Emit
from repro_worker.train.held_out import own_share, read_held_out
from repro_worker.train.identity_of import identity_of
from repro_worker.train.load_policy import LoadedPolicy, load_policy
from repro_worker.train.messages import TrainInput
from repro_worker.train.order_of_prompts import order_of_prompts
from repro_worker.train.rank import Rank
from repro_worker.train.rollouts import EngineRollouts
from repro_worker.train.score_client import ScoreClient
from repro_worker.train.training_arguments import training_arguments
from repro_worker.train.training_passages import TrainingPassage, TrainingPassages, read_passages


def prepare_grpo(request: TrainInput, item: Item, rank: Rank) -> ReproGrpoTrainer:
    """Everything that can be refused is refused here, before a step is spent."""
    emit: Emit = item.more if rank.number == 0 else lambda _: None
    policy = load_policy(request, item, rank)
    loaded = policy.loaded
    passages = read_passages(Path(request.passages), loaded, request.sampling.max_tokens or 1, item.progress)
    held_out = read_held_out(request, loaded, item)
    require_passages(passages, request, loaded)
    order = in_order(passages.fitting, request)
    identity = identity_of(
        request,
        deciding=deciding_settings(request),
        data=Path(request.passages),
        first_prompt=order[0].prompt.ids,
    )
    checkpoints = Checkpoints(Path(request.folder) / "checkpoints", identity)
    emit(
        data_event(
            rows=len(passages.fitting),
            documents=len({passage.document_id for passage in passages.fitting}),
            left_out=passages.left_out,
            longest_prompt_tokens=passages.longest_prompt_tokens,
            first_row=order[0].row,
            first_prompt_sha256=identity.prompt,
            held_out=held_out,
        )
    )
    rollouts = EngineRollouts(loaded, item, attention=policy.attention)
    scores = ScoreClient(item, rank.number, len(request.rewards), request.callback_timeout_seconds)
    return ReproGrpoTrainer(
        request=request,
        policy=policy,
        order=order,
        rollouts=rollouts,
        scores=scores,
        held_out=own_share(held_out, request, rollouts, scores, item, rank),
        checkpoints=checkpoints,
        item=item,
        emit=emit,
        args=trl_config(request, policy, rank, checkpoints.staging),
        train_dataset=dataset_of(order),
    )


def in_order(passages: Sequence[TrainingPassage], request: TrainInput) -> list[TrainingPassage]:
    documents = [passage.document_id for passage in passages]
    count = request.steps * request.prompts_per_step
    return [passages[index] for index in order_of_prompts(documents, count, request.seed)]


def dataset_of(order: Sequence[TrainingPassage]) -> Any:
    """The whole run as one epoch, each prompt by its place: what TRL needs to resume exactly."""
    from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]

    return Dataset.from_dict({"prompt": [str(position) for position in range(len(order))]})


def require_passages(passages: TrainingPassages, request: TrainInput, loaded: LoadedModel) -> None:
    found, left_out = len(passages.fitting), passages.left_out
    if found >= request.prompts_per_step:
        return
    longest = max((each.tokens for each in left_out), default=0)
    raise NothingToTrainOnError(
        f"{found} passages can be trained on, expected at least {request.prompts_per_step} (`train.promptsPerStep`). "
        f"{len(left_out)} were left out because prompt and answer (`train.sampling.maxTokens` "
        f"{request.sampling.max_tokens}) do not fit the model's window of {loaded.context_tokens} tokens; the longest "
        f"prompt has {longest}. Make `train.passages.maxCharacters` smaller, or give it more documents."
    )


def deciding_settings(request: TrainInput) -> tuple[Any, ...]:
    return (
        request.algorithm,
        request.seed,
        request.steps,
        request.prompts_per_step,
        request.rollouts,
        request.sampling,
        request.rewards,
        request.objective,
    )


def trl_config(request: TrainInput, policy: LoadedPolicy, rank: Rank, staging: Path) -> GRPOConfig:
    objective, sampling = request.objective, request.sampling
    groups_of_rank = request.prompts_per_step // rank.of
    return GRPOConfig(
        **training_arguments(request, policy, rank, staging),
        # Batches: a micro-batch has as many rows as a group (TRL mixes those of a rank), a step is all groups, drawn at
        # once and used once.
        per_device_train_batch_size=request.rollouts,
        gradient_accumulation_steps=groups_of_rank,
        steps_per_generation=groups_of_rank,
        num_iterations=1,
        num_generations=request.rollouts,
        shuffle_dataset=False,
        # Objective.
        beta=objective.beta,
        epsilon=objective.epsilon,
        loss_type=objective.loss_type,
        scale_rewards=objective.scale_rewards,
        mask_truncated_completions=False,
        use_bias_correction_kl=False,
        disable_dropout=True,
        # Sampling, for the length that losses may divide by; the rollouts are drawn by `Rollouts`.
        max_completion_length=sampling.max_tokens or 1,
        temperature=1.0 if sampling.temperature is None else sampling.temperature,
        top_p=1.0 if sampling.top_p is None else sampling.top_p,
        top_k=sampling.top_k or 0,
    )
