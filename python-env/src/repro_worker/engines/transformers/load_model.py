"""A model and its tokenizer, ready to answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from repro_worker.engines.transformers.attend import Run, attend_flat
from repro_worker.engines.transformers.chat_prompt import ChatPrompt, template_renderer
from repro_worker.engines.transformers.flat_rows import forward_flat
from repro_worker.engines.transformers.messages import ChatMessage, EngineOptions
from repro_worker.engines.transformers.pick_dtype import pick_dtype
from repro_worker.engines.transformers.plain_text import PlainText
from repro_worker.engines.transformers.prompt import Prompt
from repro_worker.errors import InvalidInputError, ModelNotFoundError
from repro_worker.service import Progress

FLAT_ATTENTION = "repro-flat"


@dataclass(frozen=True)
class LoadedModel:
    model: Any  # a causal language model of transformers
    tokenizer: Tokenizer
    plain: PlainText
    chat: ChatPrompt
    text_start_ids: list[int]
    """What the tokenizer puts before a bare text."""
    fallback_start_id: int | None
    """Stands before the first token of a text when the tokenizer puts nothing there."""
    end_ids: frozenset[int]
    context_tokens: int
    device: str
    dtype_reason: str
    flat: bool
    """Whether rows may join at any time."""
    admission: str
    """The same in words, with the reason."""

    def decode(self, ids: Sequence[int]) -> str:
        """Without control tokens."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=True)

    def build_prompt(self, messages: Sequence[ChatMessage] | None, text: str | None) -> Prompt:
        """Of a chat or of a bare text: the one way to a prompt, for answering and for training."""
        if messages is not None:
            return self.chat.build(messages)
        if text is None:
            raise InvalidInputError("A prompt needs `messages` or `text`; found neither - at `$`.")
        ids = [*self.text_start_ids, *self.plain.encode(text, first=True)]
        if not ids:
            raise InvalidInputError(
                "The prompt is empty, and this tokenizer puts no token before it - at `$.text`."
            )
        return Prompt(ids, think_prefilled=False, cuts=[])

    def free_memory(self) -> None:
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()


def load_model(folder: Path, options: EngineOptions, progress: Progress) -> LoadedModel:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (folder / "tokenizer.json").is_file():
        raise ModelNotFoundError(
            f"{folder} has no tokenizer.json, which the host and this engine read. Write one with "
            "`AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)`."
        )
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cpu":
        torch.set_num_threads(options.threads or physical_cores())
    dtype, dtype_reason = pick_dtype(device)
    if options.dtype is not None:
        dtype, dtype_reason = getattr(torch, options.dtype), "the recipe asks for it"
    progress(f"Loading {folder.name} in {dtype} on {device}", None, None)
    hf_tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
    model.to(device).eval().requires_grad_(False)
    flat, admission = switch_to_flat_attention(model)

    tokenizer: Tokenizer = hf_tokenizer.backend_tokenizer
    plain = PlainText(tokenizer)
    template = (
        None if options.chat_template is None else Path(options.chat_template).read_text(encoding="utf-8")
    )
    chat = ChatPrompt(
        tokenizer, plain, template_renderer(hf_tokenizer, template, options.thinking), options.thinking
    )
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        plain=plain,
        chat=chat,
        text_start_ids=start_ids(tokenizer),
        fallback_start_id=first_given(hf_tokenizer.bos_token_id, hf_tokenizer.eos_token_id),
        end_ids=end_ids(model, hf_tokenizer, chat),
        context_tokens=context_tokens(model, hf_tokenizer),
        device=device,
        dtype_reason=dtype_reason,
        flat=flat,
        admission=admission,
    )


def switch_to_flat_attention(model: Any) -> tuple[bool, str]:  # noqa: ANN401
    """Tries the flat pass on a few tokens and keeps it when it gives what the model's own code gives."""
    from transformers import AttentionInterface

    ids = [token % model.config.get_text_config().vocab_size for token in (11, 7, 5, 3, 2, 13, 17, 19)]
    with torch.inference_mode():
        expected = model(input_ids=torch.tensor([ids], device=model.device)).logits[0, -1].float()
    own_attention = model.config._attn_implementation
    AttentionInterface.register(FLAT_ATTENTION, attend_flat)  # pyright: ignore
    try:
        model.set_attn_implementation(FLAT_ATTENTION)
        # The text comes second, after another one, so that a model that mixes the two gives something else.
        flat_ids, positions = [*reversed(ids), *ids], [*range(len(ids)), *range(len(ids))]
        segments = [Run(0, len(ids), None), Run(len(ids), 2 * len(ids), None)]
        found = forward_flat(model, flat_ids, positions, [*segments], [2 * len(ids) - 1])[0]
        tolerance = 1e-3 if model.dtype == torch.float32 else 5e-2
        if (found - expected).abs().max() <= tolerance * expected.abs().max():
            return True, "rows join at any time"
        reason = "its layers mix the texts of a flat batch"
    except Exception as error:  # whatever a model does with a cache that is not its own
        reason = f"{type(error).__name__}: {error}"
    model.set_attn_implementation(own_attention)
    return False, f"rows join when the batch is empty: this model's cache cannot be merged ({reason})"


def start_ids(tokenizer: Tokenizer) -> list[int]:
    alone = tokenizer.encode("a", add_special_tokens=False).ids
    whole = tokenizer.encode("a", add_special_tokens=True).ids
    before = next((start for start in range(len(whole)) if whole[start : start + len(alone)] == alone), 0)
    return whole[:before]


def end_ids(model: Any, hf_tokenizer: Any, chat: ChatPrompt) -> frozenset[int]:  # noqa: ANN401
    """Every token that ends an answer: of generation_config, of the tokenizer and of the chat template."""
    configured = model.generation_config.eos_token_id
    of_config: list[int] = configured if isinstance(configured, list) else [configured]
    return frozenset(
        id for id in (*of_config, hf_tokenizer.eos_token_id, *chat.end_of_turn_ids()) if id is not None
    )


def context_tokens(model: Any, hf_tokenizer: Any) -> int:  # noqa: ANN401
    """The smaller of what the model and its tokenizer say; tokenizers say 1e30 for "not known"."""
    of_model = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return min(int(hf_tokenizer.model_max_length), of_model or int(hf_tokenizer.model_max_length))


def first_given(*ids: int | None) -> int | None:
    return next((id for id in ids if id is not None), None)


def physical_cores() -> int:
    """Those that this process may use; two threads of one core slow each other down."""
    allowed = os.sched_getaffinity(0)
    cores: set[str] = set()
    for processor in allowed:
        siblings = Path(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list")
        cores.add(siblings.read_text().strip() if siblings.is_file() else str(processor))
    return len(cores)
