"""A model of two random layers with a real byte-level tokenizer: for tests that need a model and no good answers.

`python -m repro_worker.tiny_model FOLDER` writes one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CORPUS = [
    "The window of the winter garden is open, reading is fun and the key is under the mat.",
    "A recipe for soup: two onions, one leek, three carrots; cook for 20 minutes.",
    "Привет, как дела? naïve café, 日本語のテキスト and an emoji.",
]
WINDOW = 1024
"""Tokens."""


def write_tokenizer(folder: Path, template: str = CHATML, controls: Sequence[str] = ()) -> Any:  # noqa: ANN401
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore
    tokenizer.decoder = decoders.ByteLevel()  # pyright: ignore
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>", *controls],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        bos_token="<|im_start|>",
        unk_token="<|endoftext|>",
        model_max_length=WINDOW,
    )
    wrapped.chat_template = template
    wrapped.add_tokens(["<think>", "</think>"])  # as Qwen3 has them: added, but not special
    wrapped.save_pretrained(folder)
    return wrapped


def write_model(
    folder: Path, *, template: str = CHATML, controls: Sequence[str] = (), **changes: object
) -> Path:
    """A Llama of two layers. Large random weights: its answers depend on all of the prompt."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    vocabulary = len(write_tokenizer(folder, template, controls))
    shape: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": WINDOW,
        "initializer_range": 0.4,
        "eos_token_id": 2,
        "bos_token_id": 1,
        "pad_token_id": 0,
        **changes,
    }
    torch.manual_seed(7)
    config = AutoConfig.for_model(shape.pop("model_type", "llama"), **shape)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


if __name__ == "__main__":
    write_model(Path(sys.argv[1]))
