"""The service: reads items, gives them to the generating or scoring side, and turns the wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from repro_worker.engines.transformers.generating import Generating
from repro_worker.engines.transformers.load_model import load_model
from repro_worker.engines.transformers.memory_budget import token_budget
from repro_worker.engines.transformers.messages import (
    EngineOptions,
    Failed,
    GenerateInput,
    LikelihoodInput,
    Rendered,
    RenderInput,
    read_input,
)
from repro_worker.engines.transformers.pace import pick_pace
from repro_worker.engines.transformers.row import Row
from repro_worker.engines.transformers.score_continuations import read_continuation
from repro_worker.engines.transformers.scoring import Scoring
from repro_worker.engines.transformers.work_clock import WorkClock
from repro_worker.errors import CancelledError, ReproError, UnknownMethodError
from repro_worker.models import resolve_model, revision_of
from repro_worker.service import Inbox, Item, Progress, ServiceInfo

METHODS = ("generate", "likelihood", "render", "statistics")
MAX_BYTES = 64 * 1024 * 1024


class TransformersEngine:
    def __init__(self, path: str, options: dict[str, Any]) -> None:
        self._path = path
        self._options = read_input(options, EngineOptions, "The transformers engine")
        self._clock = WorkClock()

    def load(self, progress: Progress) -> ServiceInfo:
        folder = resolve_model(self._path, progress)
        self._loaded = loaded = load_model(folder, self._options, progress)
        pace = pick_pace(loaded.device, self._options.max_batch)
        budget = token_budget(loaded.model, loaded.device)
        self._generating = Generating(loaded, pace, budget, self._clock)
        self._scoring = Scoring(loaded, pace.likelihood_tokens_per_pass, self._clock)
        # As many again wait here, so that a row that leaves is replaced in the next pass.
        self._most_held = 2 * pace.rows
        template = self._options.chat_template
        return ServiceInfo(
            concurrency=pace.rows,
            max_in_flight=self._most_held,
            max_bytes=MAX_BYTES,
            info={
                "path": str(folder),
                "revision": revision_of(folder, chat_template=None if template is None else Path(template)),
                "tokenizerPath": str(folder),
                "contextTokens": loaded.context_tokens,
                "device": loaded.device,
                "dtype": str(loaded.model.dtype).removeprefix("torch."),
                "dtypeReason": loaded.dtype_reason,
                "parameters": loaded.model.num_parameters(),
                "thinkPrefilled": loaded.chat.think_prefilled,
                "systemRole": "folded into the first user message"
                if loaded.chat.folds_system
                else "of its own",
                "admission": loaded.admission,
                "maxBatch": pace.rows,
                "maxTokensHeld": budget,
            },
        )

    def serve(self, inbox: Inbox) -> None:
        while True:
            held = self._generating.held + self._scoring.held
            for item in inbox.take(max(1, self._most_held - held), None if held == 0 else 0):
                self._take(item)
            if inbox.closed:
                return
            self._generating.step()
            self._scoring.step()

    def _take(self, item: Item) -> None:
        try:
            if item.cancelled:
                raise CancelledError
            match item.method:
                case "generate":
                    self._take_prompt(item)
                case "likelihood":
                    request = read_input(item.input, LikelihoodInput, item.method)
                    match read_continuation(self._loaded, item, request):
                        case Failed() as failed:
                            item.finish(failed)
                        case continuation:
                            self._scoring.add(continuation)
                case "render":
                    request = read_input(item.input, RenderInput, item.method)
                    prompt = self._loaded.build_prompt(request.messages, request.text)
                    item.finish(Rendered(token_ids=prompt.ids, think_prefilled=prompt.think_prefilled))
                case "statistics":
                    item.finish(self._clock.statistics())
                case _:
                    raise UnknownMethodError(
                        f'The transformers engine has no method "{item.method}"; it has {", ".join(METHODS)}.'
                    )
        except ReproError as error:
            item.fail(error)

    def _take_prompt(self, item: Item) -> None:
        """A prompt that does not fit is answered, not cut; nor are the tokens that were asked for lowered."""
        request = read_input(item.input, GenerateInput, item.method)
        prompt = self._loaded.build_prompt(request.messages, request.text)
        window = self._loaded.context_tokens
        room = window - len(prompt.ids)
        max_tokens = request.sampling.max_tokens or room
        if room < 1 or max_tokens > room:
            asked = f" and {max_tokens} new ones are asked for" if room >= 1 else ""
            detail = f"The prompt has {len(prompt.ids)} tokens{asked}; the model's window is {window}."
            item.finish(Failed(reason="prompt-too-long", detail=detail))
            return
        self._generating.add(Row(item, prompt, request.sampling, request.seed, max_tokens))
