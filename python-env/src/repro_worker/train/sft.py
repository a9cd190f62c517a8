"""Supervised training on pairs: the rephraser learns to answer as somebody else has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from torch.utils.data import Sampler, SequentialSampler
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.errors import InvalidInputError, NothingToTrainOnError
from repro_worker.service import Item
from repro_worker.train.checkpoints import Checkpoints
from repro_worker.train.data_event import data_event
from repro_worker.train.guarded_trainer import Emit, GuardedTrainer
from repro_worker.train.held_out import own_share, read_held_out
from repro_worker.train.identity_of import identity_of
from repro_worker.train.load_policy import LoadedPolicy, load_policy
from repro_worker.train.messages import PairRow, TrainInput
from repro_worker.train.order_of_prompts import order_of_prompts
from repro_worker.train.rank import Rank
from repro_worker.train.rollouts import EngineRollouts
from repro_worker.train.score_client import ScoreClient
from repro_worker.train.training_arguments import training_arguments
from repro_worker.train.training_passages import LeftOut

MOST_PAIRS_AT_ONCE: Final = 4
"""In one pass. The loss is divided by the tokens of the whole step, so it does not depend on this."""
NOT_IN_LOSS: Final = -100


@dataclass(frozen=True)
class TokenisedPair:
    row: int
    prompt: list[int]
    answer: list[int]
    """With the token that ends a turn."""


def prepare_sft(request: TrainInput, item: Item, rank: Rank) -> ReproSftTrainer:
    """Everything that can be refused is refused here, before a step is spent."""
    emit: Emit = item.more if rank.number == 0 else lambda _: None
    policy = load_policy(request, item, rank)
    loaded, file = policy.loaded, Path(request.pairs or "")
    pairs, left_out = read_pairs(file, loaded)
    require_pairs(pairs, left_out, request, loaded)
    held_out = read_held_out(request, loaded, item)
    order = [pairs[index] for index in order_of_pairs(len(pairs), request)]
    identity = identity_of(
        request, deciding=deciding_settings(request), data=file, first_prompt=order[0].prompt
    )
    checkpoints = Checkpoints(Path(request.folder) / "checkpoints", identity)
    emit(
        data_event(
            rows=len(pairs),
            documents=len(pairs),
            left_out=left_out,
            longest_prompt_tokens=max(len(pair.prompt) for pair in pairs),
            first_row=order[0].row,
            first_prompt_sha256=identity.prompt,
            held_out=held_out,
        )
    )
    rollouts = EngineRollouts(loaded, item, attention=policy.attention)
    scores = ScoreClient(item, rank.number, len(request.rewards), request.callback_timeout_seconds)
    return ReproSftTrainer(
        request=request,
        policy=policy,
        held_out=own_share(held_out, request, rollouts, scores, item, rank),
        checkpoints=checkpoints,
        item=item,
        emit=emit,
        args=trl_config(request, policy, rank, checkpoints.staging),
        train_dataset=dataset_of(order),
    )


ONLY_WITH_ROLLOUTS: Final = (
    "total",
    "totalSpread",
    "zeroVarianceShare",
    "unscoredShare",
    "rejectedShare",
    "cutOffShare",
    "lengthRatio",
    "promptTokens",
    "completionTokens",
    "resampledGroups",
)


class ReproSftTrainer(GuardedTrainer, SFTTrainer):
    def __init__(self, **of_training: Any) -> None:
        super().__init__(**of_training)
        self.metrics = {**dict.fromkeys(ONLY_WITH_ROLLOUTS), "rewards": {}}

    def _get_train_sampler(self, *_: Any, **__: Any) -> Sampler[int]:
        """The data set is in the order of the run already, so that a resumed one goes on in it."""
        assert self.train_dataset is not None
        return SequentialSampler(self.train_dataset)  # type: ignore[arg-type]


def read_pairs(path: Path, loaded: LoadedModel) -> tuple[list[TokenisedPair], list[LeftOut]]:
    pairs: list[TokenisedPair] = []
    left_out: list[LeftOut] = []
    end_of_turn = loaded.chat.end_of_turn_ids() or sorted(loaded.end_ids)[:1]
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            try:
                row = msgspec.json.decode(line, type=PairRow, strict=False)
            except msgspec.DecodeError as error:
                raise InvalidInputError(f"{path.name}, line {number + 1}, is no pair: {error}") from error
            prompt = loaded.build_prompt(row.prompt.messages, row.prompt.text).ids
            answer = [*loaded.plain.encode(row.completion, first=False), *end_of_turn]
            if len(prompt) + len(answer) > loaded.context_tokens:
                left_out.append(
                    LeftOut(document_id=f"pair {row.row}", passage=0, tokens=len(prompt) + len(answer))
                )
            else:
                pairs.append(TokenisedPair(row.row, prompt, answer))
    return pairs, left_out


def require_pairs(
    pairs: Sequence[TokenisedPair], left_out: Sequence[LeftOut], request: TrainInput, loaded: LoadedModel
) -> None:
    if len(pairs) >= request.prompts_per_step:
        return
    raise NothingToTrainOnError(
        f"{len(pairs)} pairs can be trained on, expected at least {request.prompts_per_step} "
        f"(`train.promptsPerStep`). {len(left_out)} were left out because they do not fit the model's window of "
        f"{loaded.context_tokens} tokens. Give it more or shorter pairs."
    )


def order_of_pairs(count: int, request: TrainInput) -> list[int]:
    return order_of_prompts(
        [str(index) for index in range(count)], request.steps * request.prompts_per_step, request.seed
    )


def dataset_of(order: Sequence[TokenisedPair]) -> Any:
    from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]

    return Dataset.from_dict(
        {
            "input_ids": [[*pair.prompt, *pair.answer] for pair in order],
            "labels": [[NOT_IN_LOSS] * len(pair.prompt) + pair.answer for pair in order],
        }
    )


def deciding_settings(request: TrainInput) -> tuple[Any, ...]:
    return (request.algorithm, request.seed, request.steps, request.prompts_per_step, request.objective)


def trl_config(request: TrainInput, policy: LoadedPolicy, rank: Rank, staging: Path) -> SFTConfig:
    of_rank = request.prompts_per_step // rank.of
    at_once = max(size for size in range(1, MOST_PAIRS_AT_ONCE + 1) if of_rank % size == 0)
    return SFTConfig(
        **training_arguments(request, policy, rank, staging),
        per_device_train_batch_size=at_once,
        gradient_accumulation_steps=of_rank // at_once,
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        packing=False,
    )
