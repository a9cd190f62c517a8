"""`generate` through the service, on a tiny random model in float32."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from repro_worker.errors import CancelledError, InvalidInputError, OutOfMemoryError, UnknownMethodError

if TYPE_CHECKING:
    from conftest import Engine, FakeItem

GREEDY = {"temperature": 0, "maxTokens": 24}


def test_says_what_it_loaded(engine: Engine, tiny_folder: Path) -> None:
    info = engine.info
    assert info["path"] == info["tokenizerPath"] == str(tiny_folder)
    assert (tiny_folder / "tokenizer.json").is_file()
    assert (info["contextTokens"], info["device"], info["dtype"]) == (1024, "cpu", "float32")
    assert info["dtypeReason"] == "the recipe asks for it"
    assert info["admission"] == "rows join at any time"
    assert info["thinkPrefilled"] is False
    assert len(info["revision"]) == 32


def test_generates_what_transformers_generates(engine: Engine, tiny_folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_folder)
    model: Any = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    for text in ("one", "A recipe for soup: " * 20):
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": text}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        whole = model.generate(**prompt, max_new_tokens=24, do_sample=False, pad_token_id=0)[0]
        expected = tokenizer.decode(whole[prompt["input_ids"].shape[1] :], skip_special_tokens=True)
        (completion,) = engine.serve([engine.ask(text, **GREEDY)])
        assert completion.text == expected.rstrip("\ufffd")


def test_the_same_greedy_text_alone_in_company_and_joined_late(engine: Engine) -> None:
    texts = [
        "one",
        "The window of the winter garden " * 30,
        "Привет",
        "x" * 700,
        "soup",
        "日本語",
        "key",
        "mat",
        "ten",
    ]
    alone = [engine.serve([engine.ask(text, **GREEDY)])[0].text for text in texts]
    together = engine.serve([engine.ask(text, **GREEDY) for text in texts])
    assert [completion.text for completion in together] == alone
    items = [engine.ask(text, **GREEDY) for text in texts]
    late = {item: 3 * index for index, item in enumerate(items)}
    assert [completion.text for completion in engine.serve(items, late)] == alone


def test_the_same_noise_whatever_an_item_is_batched_with(engine: Engine) -> None:
    def draw(text: str, seed: int) -> FakeItem:
        return engine.ask(text, seed=seed, temperature=1, topP=0.9)

    (alone,) = engine.serve([draw("soup", 5)])
    together = engine.serve([draw("key", 1), draw("soup", 5), draw("A long page. " * 40, 2), draw("soup", 6)])
    assert together[1].text == alone.text
    assert together[3].text != alone.text


@pytest.mark.parametrize("sampling", [{"topK": 1}, {"topP": 1e-6}, {"temperature": 1e-6}])
def test_sampling_that_leaves_one_token_is_greedy(engine: Engine, sampling: dict[str, float]) -> None:
    greedy, drawn = engine.serve(
        [engine.ask("soup", **GREEDY), engine.ask("soup", **{"maxTokens": 24, **sampling})]
    )
    assert drawn.text == greedy.text


def test_a_repetition_penalty_changes_its_row_only(engine: Engine) -> None:
    (alone,) = engine.serve([engine.ask("soup", **GREEDY)])
    same, penalized = engine.serve(
        [engine.ask("soup", **GREEDY), engine.ask("soup", **GREEDY, repetitionPenalty=9)]
    )
    assert same.text == alone.text
    assert penalized.text != alone.text


def test_finish_reasons(engine: Engine) -> None:
    (cut,) = engine.serve([engine.ask("soup", temperature=0, maxTokens=3)])
    assert (cut.finish_reason, cut.tokens) == ("length", 3)
    answers = engine.serve(
        [engine.ask("soup", seed=seed, temperature=3.0, maxTokens=700) for seed in range(8)]
    )
    ended = [answer for answer in answers if answer.finish_reason == "stop"]
    assert ended, "with a flat distribution, some answer draws the end token"
    assert all("<|im_end|>" not in answer.text and answer.tokens < 700 for answer in ended)


def test_a_stop_string_ends_the_text_and_is_not_in_it(engine: Engine) -> None:
    sampling = {"temperature": 0, "maxTokens": 40}
    (whole,) = engine.serve([engine.ask("soup", **sampling)])
    middle = len(whole.text) // 2
    stop = whole.text[middle : middle + 6]
    (stopped,) = engine.serve([engine.ask("soup", **sampling, stop=["not there", stop])])
    assert stopped.text == whole.text[: whole.text.index(stop)]
    assert stopped.finish_reason == "stop"
    assert stopped.tokens < whole.tokens
    (other,) = engine.serve([engine.ask("soup", **sampling, stop=["not there"])])
    assert other.text == whole.text


def test_short_items_finish_while_a_long_one_runs(engine: Engine) -> None:
    slow = engine.ask("soup", temperature=0.01, maxTokens=600)
    short = [engine.ask(f"page {n}", temperature=0, maxTokens=4) for n in range(30)]
    engine.serve([slow, *short])
    assert all(item.order < slow.order for item in short)


def test_a_long_prompt_goes_in_by_pieces_while_others_finish(engine: Engine) -> None:
    long = engine.ask("x" * 800, temperature=0, maxTokens=1)
    short = engine.ask("key", temperature=0, maxTokens=2)
    engine.serve([long, short], late={short: 2})
    assert short.outcome.tokens == 2
    assert long.outcome.prompt_tokens > 3 * 256
    assert short.order < long.order


def test_a_cancelled_item_ends_between_two_tokens_and_leaves_the_rest_alone(engine: Engine) -> None:
    (alone,) = engine.serve([engine.ask("key", **GREEDY)])
    endless, other = engine.ask("soup", temperature=0.01, maxTokens=900), engine.ask("key", **GREEDY)

    def cancel(look: int) -> None:
        endless.cancelled = look >= 10

    engine.serve([endless, other], on_look=cancel)
    assert isinstance(endless.outcome, CancelledError)
    assert endless.order < other.order
    assert other.outcome.text == alone.text


def test_an_item_that_was_cancelled_while_it_waited_never_runs(engine: Engine) -> None:
    item = engine.ask("key")
    item.cancelled = True
    assert isinstance(engine.serve([item])[0], CancelledError)


def test_a_prompt_over_the_window_fails_with_the_numbers(engine: Engine) -> None:
    (refused,) = engine.serve([engine.ask("x" * 3000, maxTokens=1)])
    assert msgspec.to_builtins(refused)["outcome"] == "failed"
    assert refused.reason == "prompt-too-long"
    assert "window is 1024" in refused.detail


def test_max_tokens_are_not_lowered_to_make_them_fit(engine: Engine) -> None:
    (refused,) = engine.serve([engine.ask("soup", maxTokens=1020)])
    assert refused.reason == "prompt-too-long"
    assert "and 1020 new ones are asked for; the model's window is 1024" in refused.detail
    # Without a number: up to the end of the window.
    (whole,) = engine.serve([engine.ask("x" * 900, temperature=0.01, maxTokens=None)])
    assert whole.finish_reason == "stop" or whole.tokens + whole.prompt_tokens == 1024


def test_base_models_are_asked_with_a_text(engine: Engine) -> None:
    (completion,) = engine.serve(
        [engine.item("generate", {"text": "The key is", "sampling": GREEDY, "seed": 1})]
    )
    assert completion.prompt_tokens == len(engine.call("render", {"text": "The key is"}).token_ids)
    assert isinstance(engine.call("generate", {"sampling": {}, "seed": 1}), InvalidInputError)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"temperature": -1}, "$.sampling.temperature"),
        ({"topP": 0}, "$.sampling.topP"),
        ({"maxTokens": 0}, "$.sampling.maxTokens"),
        ({"stop": [""]}, "$.sampling.stop[0]"),
    ],
)
def test_names_the_bad_field(engine: Engine, change: dict[str, object], field: str) -> None:
    (error,) = engine.serve([engine.ask("soup", **change)])
    assert isinstance(error, InvalidInputError)
    assert f"`{field}`" in str(error)


def test_names_the_methods_it_has(engine: Engine) -> None:
    error = engine.call("embed", {})
    assert isinstance(error, UnknownMethodError)
    assert "generate, likelihood, render, statistics" in str(error)


def test_counts_items_tokens_and_time(new_engine: Callable[..., Engine]) -> None:
    engine = new_engine()
    before = engine.call("statistics", {})
    assert (before.items, before.busy_seconds, before.idle_seconds) == (0, 0, 0)
    answers = engine.serve([engine.ask(text, **GREEDY) for text in ("one", "two", "three")])
    after = engine.call("statistics", {})
    assert after.items == 3
    assert after.prompt_tokens == sum(answer.prompt_tokens for answer in answers)
    assert after.completion_tokens == sum(answer.tokens for answer in answers)
    assert 0 < after.idle_while_waiting_seconds <= after.idle_seconds < after.busy_seconds


def test_out_of_memory_halves_the_batch_and_goes_on(new_engine: Callable[..., Engine]) -> None:
    import torch

    engine = new_engine()
    model = engine.service._loaded.model  # type: ignore[attr-defined]  # the failure of a real device, at its own door

    def fail_above(rows: int) -> Callable[..., None]:
        def check(_: object, __: tuple[object], kwargs: dict[str, Any]) -> None:
            if kwargs["logits_to_keep"].numel() > rows:
                raise torch.OutOfMemoryError("CUDA out of memory")

        return check

    items = [engine.ask(f"page {n}", **GREEDY) for n in range(6)]
    alone = [engine.serve([engine.ask(f"page {n}", **GREEDY)])[0].text for n in range(6)]
    hook = model.register_forward_pre_hook(fail_above(2), with_kwargs=True)
    assert [completion.text for completion in engine.serve(items)] == alone
    hook.remove()
    hook = model.register_forward_pre_hook(fail_above(0), with_kwargs=True)
    (error,) = engine.serve([engine.ask("soup", **GREEDY)])
    hook.remove()
    assert isinstance(error, OutOfMemoryError)


@pytest.mark.parametrize(
    "shape",
    [
        {"model_type": "qwen3", "head_dim": 8},
        {"model_type": "mistral", "sliding_window": 16},
        {"model_type": "olmo2"},
        {"model_type": "gemma2", "head_dim": 8, "sliding_window": 16},
        {"model_type": "lfm2", "layer_types": ["conv", "full_attention"]},
    ],
    ids=lambda shape: shape["model_type"],
)
def test_other_architectures_give_the_same_text_alone_and_together(
    new_engine: Callable[..., Engine], shape: dict[str, Any]
) -> None:
    engine = new_engine({"maxBatch": 3}, **shape)
    joins = engine.info["admission"]
    if shape["model_type"] in ("gemma2", "lfm2"):
        assert "rows join when the batch is empty: this model's cache cannot be merged" in joins
    else:
        assert joins == "rows join at any time"
    texts = ["one", "The window of the winter garden is open", "soup", "Привет, как дела?", "two"]
    alone = [engine.serve([engine.ask(text, **GREEDY)])[0].text for text in texts]
    together = engine.serve([engine.ask(text, **GREEDY) for text in texts])
    assert [completion.text for completion in together] == alone


def test_a_beginning_that_a_running_row_holds_is_not_computed_again(engine: Engine) -> None:
    fed: list[int] = []
    model = engine.service._loaded.model  # type: ignore[attr-defined]
    instruction = "Rewrite the page so that it is clear. " * 6
    texts = [f"{instruction}{page}" for page in ("soup", "key", "soup", "Привет")]
    alone = [engine.serve([engine.ask(text, **GREEDY)])[0] for text in texts]
    items = [engine.ask(text, **GREEDY) for text in texts]

    def count(_: object, __: tuple[object], kwargs: dict[str, Any]) -> None:
        fed.append(kwargs["input_ids"].numel())

    hook = model.register_forward_pre_hook(count, with_kwargs=True)
    together = engine.serve(items, late={item: 1 + 2 * index for index, item in enumerate(items)})
    hook.remove()
    assert [answer.text for answer in together] == [answer.text for answer in alone]
    new_tokens = sum(answer.tokens for answer in alone)
    assert sum(fed) < together[0].prompt_tokens + new_tokens + 60
