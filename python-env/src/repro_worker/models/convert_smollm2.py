"""SmolLM2-135M-Instruct from a GGUF file to the folder that transformers loads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro_worker.service import Progress

if TYPE_CHECKING:
    from torch import Tensor

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def convert_smollm2(source: Path, folder: Path, progress: Progress) -> None:
    """Writes bfloat16 safetensors (269 MB), configuration and tokenizer into `folder`.

    The weights are unpacked here rather than by `from_pretrained(gguf_file=...)`, which asks for accelerate.
    """
    progress(
        f"Converting SmolLM2-135M-Instruct ({source.stat().st_size / 1e6:.0f} MB, once; takes 20 s)", 0, 3
    )
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    config: Any = AutoConfig.from_pretrained(source.parent, gguf_file=source.name)
    model: Any = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.load_state_dict(read_weights(source, config))
    model.generation_config.eos_token_id = config.eos_token_id
    progress("Converting SmolLM2-135M-Instruct: weights unpacked, writing 269 MB", 1, 3)
    model.save_pretrained(folder)

    tokenizer: Any = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    tokenizer.backend_tokenizer.pre_tokenizer = smollm2_pre_tokenizer()
    tokenizer.model_max_length = config.max_position_embeddings
    progress("Converting SmolLM2-135M-Instruct: writing the tokenizer", 2, 3)
    tokenizer.save_pretrained(folder)
    for file in folder.iterdir():
        file.chmod(0o644)  # safetensors writes files that only their owner may read
    progress("SmolLM2-135M-Instruct is ready", 3, 3)


def read_weights(source: Path, config: Any) -> dict[str, Tensor]:  # noqa: ANN401  (transformers has no types)
    """Every tensor of the file under its name in transformers. The output layer is the embedding (tied)."""
    import torch
    from gguf import GGUFReader
    from gguf.quants import dequantize

    weights: dict[str, Tensor] = {}
    for tensor in GGUFReader(source).tensors:
        value = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        name = name_in_transformers(tensor.name)
        if name.endswith("q_proj.weight"):
            value = undo_rotary_permutation(value, config.num_attention_heads)
        elif name.endswith("k_proj.weight"):
            value = undo_rotary_permutation(value, config.num_key_value_heads)
        weights[name] = value
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    return weights


def name_in_transformers(name: str) -> str:
    if layer := re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", name):
        return f"model.layers.{layer[1]}.{LAYER_NAMES[layer[2]]}.weight"
    return {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}[name]


def undo_rotary_permutation(weight: Tensor, heads: int) -> Tensor:
    """GGUF keeps the two halves of each head's rotary dimensions interleaved; transformers one after the
    other.
    """
    pairs = weight.reshape(heads, -1, 2, weight.shape[-1])  # (heads, half of the head, 2, inputs)
    return pairs.swapaxes(1, 2).reshape(weight.shape)


def smollm2_pre_tokenizer() -> Any:  # noqa: ANN401
    """The file names its rule (`smollm`: digits stand alone) without saying it, and the GGUF reader leaves it
    out.
    """
    from tokenizers import pre_tokenizers

    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
