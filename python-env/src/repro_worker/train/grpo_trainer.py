"""TRL's GRPOTrainer with what is ours put in: rollouts, totals over whole groups, guards, checkpoints.

Written against TRL 1.16 and read in its source; what is overridden is named in each docstring. A step goes:
`rollout_func` (draws completions and has them scored) -> `_generate_and_score_completions` (TRL pads, asks the
reference model, calls `_calculate_rewards`, takes the group's mean and spread; ours masks what has no total) ->
`_compute_loss` (TRL's) -> `_get_grad_norm` (guard) -> optimizer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from accelerate.utils import gather_object  # pyright: ignore[reportMissingTypeStubs]
from torch import Tensor
from trl.trainer.grpo_trainer import GRPOTrainer

from repro_worker.train.guarded_trainer import GuardedTrainer
from repro_worker.train.rollouts import Draw, Rollouts, rollout_text, seed_of
from repro_worker.train.score_client import ScoreClient
from repro_worker.train.step_metrics import ScoredRollout, metrics_of_rewards, metrics_of_step
from repro_worker.train.totals import Rules, is_flat, totals_of_group
from repro_worker.train.training_passages import TrainingPassage


class ReproGrpoTrainer(GuardedTrainer, GRPOTrainer):
    def __init__(
        self,
        *,
        order: Sequence[TrainingPassage],
        rollouts: Rollouts,
        scores: ScoreClient,
        **of_training: Any,
    ) -> None:
        def roll_out(prompts: list[str], _: Any) -> dict[str, Any]:
            return self._roll_out(prompts)

        super().__init__(reward_funcs=[total], rollout_func=roll_out, **of_training)
        request = self.request
        self.order = order
        self.rollouts = rollouts
        self.scores = scores
        self.rules = Rules(request.rewards, request.objective.rejected, request.objective.normalise)
        self._drawn: list[ScoredRollout] = []
        """Of this rank: the completions that TRL holds now."""
        self._totals: list[float | None] = []
        """Of this rank, as `_drawn`."""

    def waited_seconds(self) -> float:
        return self.scores.seconds

    def _roll_out(self, prompts: list[str]) -> dict[str, Any]:
        """Draws and scores whole groups; one that teaches nothing is drawn again as often as the recipe says."""
        size = self.request.rollouts
        positions = [int(prompt) for prompt in prompts]
        ids: list[list[int]] = [[] for _ in positions]
        drawn: list[ScoredRollout | None] = [None] * len(positions)
        again = list(range(0, len(positions), size))
        for attempt in range(self.request.objective.resample + 1):
            places = [place for start in again for place in range(start, start + size)]
            for place, token_ids, scored in self._draw(positions, places, attempt):
                ids[place], drawn[place] = token_ids, scored
            again = [start for start in again if is_flat(self._totals_at(drawn[start : start + size]))]
            if not again:
                break
        self._drawn = [each for each in drawn if each is not None]
        self._step_is_scored()
        return {
            "prompt_ids": [self.order[position].prompt.ids for position in positions],
            "completion_ids": ids,
            "logprobs": None,
        }

    def _draw(
        self, positions: list[int], places: list[int], attempt: int
    ) -> list[tuple[int, list[int], ScoredRollout]]:
        if not places:
            return []
        request, step = self.request, self.state.global_step + 1
        began = time.perf_counter()
        passages = [self.order[positions[place]] for place in places]
        samples = [place % request.rollouts for place in places]
        drawn = self.rollouts.draw(
            [
                Draw(
                    passage.prompt, request.sampling, seed_of(request.seed, positions[place], sample, attempt)
                )
                for place, passage, sample in zip(places, passages, samples, strict=True)
            ]
        )
        self.clock.generating += time.perf_counter() - began
        texts = [
            rollout_text(passage, sample, rollout, positions[place])
            for place, passage, sample, rollout in zip(places, passages, samples, drawn, strict=True)
        ]
        scores = self.scores.score(texts, purpose="rollout", step=step)
        return [
            (place, rollout.token_ids, ScoredRollout(text, score, attempt))
            for place, rollout, text, score in zip(places, drawn, texts, scores, strict=True)
        ]

    def _totals_at(self, group: Sequence[ScoredRollout | None]) -> list[float | None]:
        return totals_of_group([each.score for each in group if each is not None], self.rules)

    def _step_is_scored(self) -> None:
        """Totals over the groups of all ranks, and what the step was worth."""
        size, rewards = self.request.rollouts, self.request.rewards
        everyone: list[ScoredRollout] = gather_object(self._drawn)
        totals = [
            total
            for at in range(0, len(everyone), size)
            for total in self._totals_at(everyone[at : at + size])
        ]
        own = self.accelerator.process_index * len(self._drawn)
        self._totals = totals[own : own + len(self._drawn)]
        self.metrics = {
            **metrics_of_step(everyone, totals, size),
            "rewards": metrics_of_rewards(everyone, size, rewards),
        }
        self._everyone = list(zip(everyone, totals, strict=True))

    def _calculate_rewards(
        self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any
    ) -> Tensor:
        """TRL's asks its reward functions here; ours were asked while the completions were drawn. (all rows, 1)."""
        del inputs, prompts, completions, completion_ids_list
        totals = [float("nan") if total is None else total for _, total in self._everyone]
        return torch.tensor(totals, dtype=torch.float32, device=self.accelerator.device).unsqueeze(1)

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        """Afterwards takes the rows without a total out of the loss, the KL part and the count of tokens too."""
        output = super()._generate_and_score_completions(inputs)
        has_total = torch.tensor(
            [total is not None for total in self._totals], device=self.accelerator.device
        )
        mask = has_total.unsqueeze(1).to(output["completion_mask"].dtype)  # (rows, 1)
        output["tool_mask"] = mask.expand_as(output["completion_mask"]).contiguous()
        in_loss = (output["completion_mask"] * output["tool_mask"]).sum()
        output["num_items_in_batch"] = self._gather(in_loss).sum()
        self._tell_rollouts(self._gather(output["advantages"]))
        return output

    def _gather(self, tensor: Tensor) -> Tensor:
        gathered: Any = self.accelerator.gather(tensor)
        return gathered

    def _tell_rollouts(self, advantages: Tensor) -> None:
        self.emit(
            {
                "type": "rollouts",
                "step": self.state.global_step + 1,
                "rollouts": [
                    {
                        "position": each.text.position,
                        "row": each.text.row,
                        "sample": each.text.sample,
                        "total": total,
                        "advantage": advantage,
                        "masked": total is None,
                    }
                    for (each, total), advantage in zip(self._everyone, advantages.tolist(), strict=True)
                ],
            }
        )


def total(*completions: Any, **_: Any) -> list[float | None]:
    """TRL wants a reward function; `_calculate_rewards` never asks this one."""
    raise AssertionError(f"{len(completions)} completions were to be scored by TRL")
