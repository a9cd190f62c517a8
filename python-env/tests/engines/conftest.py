"""Tiny random models with a real byte-level tokenizer, and the link's side of a service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from repro_worker.engines import load_engine
from repro_worker.service import Service

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


class FakeItem:
    def __init__(self, method: str, input: object) -> None:
        self.method = method
        self.input = input
        self.cancelled = False
        self.outcome: Any = None
        self.order = -1
        """Which one it was to end, counted from 0."""
        self.inbox: FakeInbox | None = None

    def finish(self, value: object) -> None:
        self._end(value)

    def fail(self, error: BaseException) -> None:
        self._end(error)

    def _end(self, outcome: object) -> None:
        assert self.inbox is not None
        assert self.outcome is None, "an item ended twice"
        self.outcome = outcome
        self.order = self.inbox.ended
        self.inbox.ended += 1


class FakeInbox:
    """Hands out its items and closes when all have ended. `late[item]`: only after so many looks into the
    inbox.
    """

    def __init__(
        self, items: list[FakeItem], late: dict[FakeItem, int], on_look: Callable[[int], None]
    ) -> None:
        self._items = list(items)
        self._late = late
        self._on_look = on_look
        self._looks = 0
        self.count = len(items)
        self.ended = 0
        for item in items:
            item.inbox = self

    @property
    def closed(self) -> bool:
        return self.ended == self.count

    def take(self, most: int, timeout_seconds: float | None) -> list[FakeItem]:
        del timeout_seconds
        self._looks += 1
        assert self._looks < 20_000, "the engine does not come to an end"
        self._on_look(self._looks)
        ready = [item for item in self._items if self._late.get(item, 0) <= self._looks][:most]
        self._items = [item for item in self._items if item not in ready]
        return ready


class Engine:
    def __init__(self, service: Service, info: dict[str, Any]) -> None:
        self.service = service
        self.info = info

    @staticmethod
    def item(method: str, input: object) -> FakeItem:
        return FakeItem(method, input)

    @staticmethod
    def ask(text: str, *, seed: int = 1, system: str | None = None, **sampling: object) -> FakeItem:
        """A prompt whose answer is at most 20 tokens long, if nothing else is said."""
        messages = [{"role": "user", "parts": [{"text": text}]}]
        if system is not None:
            messages.insert(0, {"role": "system", "parts": [{"text": system}]})
        sampling = {"maxTokens": 20, **sampling}
        return FakeItem("generate", {"messages": messages, "sampling": sampling, "seed": seed})

    def serve(
        self,
        items: list[FakeItem],
        late: dict[FakeItem, int] | None = None,
        on_look: Callable[[int], None] = lambda _: None,
    ) -> list[Any]:
        self.service.serve(FakeInbox(items, late or {}, on_look))  # type: ignore[arg-type]
        return [item.outcome for item in items]

    def call(self, method: str, input: object) -> Any:  # noqa: ANN401
        return self.serve([FakeItem(method, input)])[0]


def write_tokenizer(folder: Path, template: str = CHATML, controls: Sequence[str] = ()) -> Any:  # noqa: ANN401
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
    tokenizer.decoder = decoders.ByteLevel()  # type: ignore[assignment]
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


def start(folder: Path, **options: object) -> Engine:
    service = load_engine("transformers", str(folder), {"dtype": "float32", "device": "cpu", **options})
    return Engine(service, service.load(lambda *_: None).info)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def engine(tiny_folder: Path) -> Engine:
    return start(tiny_folder, maxBatch=8, threads=1)


@pytest.fixture
def new_engine(tmp_path: Path) -> Callable[..., Engine]:
    """An engine with a model of its own: `template`, further `controls`, and changes of its configuration."""

    def make(options: dict[str, object] | None = None, **model: Any) -> Engine:  # noqa: ANN401
        return start(write_model(tmp_path / "model", **model), threads=1, **(options or {}))

    return make
