"""What a trainer is asked and what it tells; the twins are in `sdk/src/training/trainer-messages.ts`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from repro_worker.engines.transformers.messages import ChatMessage, Sampling
from repro_worker.message import Message

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]


class PolicyModel(Message):
    """The model that is trained, as the endpoint of the recipe names it."""

    path: str
    chat_template: str | None
    thinking: Literal["soft-off", "template-off", "on"]


class RewardWeight(Message):
    name: str
    weight: float
    only_if: str | None
    """Gate: without it above 0 this part counts at most 0."""


class Objective(Message):
    """GRPO (Shao et al. 2024) as TRL computes it; see method.md section 2 for the paper's values."""

    beta: float
    """Weight of the KL divergence from the model that training began with."""
    epsilon: float
    """Clip of the ratio; inactive while every batch is used once."""
    loss_type: Literal["bnpo", "grpo", "dr_grpo", "dapo"]
    scale_rewards: Literal["group", "batch", "none"]
    rejected: Literal["lowest", "as-empty"]
    """What a rejected rollout earns: the lowest accepted total of its group - 1, or what the empty text scores."""
    normalise: Literal["total", "each"]
    """`each` brings every reward to mean 0 and spread 1 in its group before they are added (GDPO)."""
    resample: Count
    """Times that a group whose totals are all equal is drawn again."""
    learning_rate: float
    schedule: Literal["cosine", "constant"]
    warmup_share: float
    least_learning_rate_share: float
    max_gradient_norm: float
    weight_decay: float


class Evaluation(Message):
    every: Positive
    samples: Positive
    """Completions of a passage under `sampling`."""
    sampling: Sampling
    """That of `recycle`."""
    greedy: bool
    """One more completion at temperature 0."""


class CheckpointPolicy(Message):
    every: Positive
    keep_for_resume: Positive
    """Newest ones that keep the optimizer's state."""


class LengthRatio(Message):
    at_least: float
    at_most: float


class GuardBounds(Message):
    kl: float
    unscored_share: float
    length_ratio: LengthRatio
    zero_variance_steps: Positive
    """Steps in a row in which no group has rollouts of different totals."""
    patience: Positive
    """Steps in a row past any other bound."""


class Lora(Message):
    rank: Positive
    alpha: Positive
    dropout: float


class Vllm(Message):
    mode: Literal["colocate", "server"]
    gpu_memory_utilization: float
    server_url: str | None


class Hardware(Message):
    device: str | None
    precision: Literal["float32", "bfloat16"] | None
    """Of the arithmetic; the device decides when it is None."""
    threads: int | None
    gradient_checkpointing: bool
    parallel: Literal["ddp", "fsdp2", "zero3"]
    lora: Lora | None
    vllm: Vllm | None


class TrainInput(Message):
    algorithm: Literal["grpo", "sft"]
    folder: str
    passages: str
    held_out: str | None
    pairs: str | None
    model: PolicyModel
    seed: int
    steps: Positive
    prompts_per_step: Positive
    rollouts: Positive
    sampling: Sampling
    rewards: list[RewardWeight]
    objective: Objective
    evaluation: Evaluation | None
    checkpoints: CheckpointPolicy
    guards: GuardBounds
    hardware: Hardware
    report_to: list[Literal["tensorboard", "trackio"]]
    callback_timeout_seconds: float


class PromptMessage(Message):
    """A prompt as engines take it."""

    messages: list[ChatMessage] | None
    text: str | None


class PassageRow(Message, forbid_unknown_fields=False):
    """One line of the passages; the host alone reads the rest of it."""

    row: int
    document_id: str
    passage: dict[str, Any]
    prompt: PromptMessage


class PairRow(Message, forbid_unknown_fields=False):
    """One line of the pairs that supervised training imitates."""

    row: int
    prompt: PromptMessage
    completion: str


class RolloutText(Message):
    """A completion on its way to the host."""

    position: int
    """Place of its prompt in the order of the run, of a held-out passage its row; answers of one place are a group."""
    row: int
    sample: int
    text: str
    finish_reason: Literal["stop", "length", "repetition"]
    tokens: int
    prompt_tokens: int
    think_prefilled: bool


class ScoreRequest(Message):
    purpose: Literal["rollout", "held-out"]
    step: int
    rank: int
    mode: Literal["sample", "greedy"]
    samples: list[RolloutText]


class RolloutScore(Message):
    """What the host says of a completion. `scores`: (rewards,), None where unscored."""

    outcome: Literal["accepted", "rejected"]
    reason: str | None
    scores: list[float | None]
    source_characters: int
    characters: int


class ScoreAnswer(Message):
    samples: list[RolloutScore]
