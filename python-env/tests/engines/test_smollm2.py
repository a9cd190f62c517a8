"""The built-in model through the service: real pages, real answers. Converts it into the cache when it is not
there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repro_worker.engines import load_engine

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.slow

PAGE = "Home | About | Contact\nThe old bridge over the river was built in 1874 and closed to cars in 1998.\nShare on X"


@pytest.fixture(scope="module")
def smollm2(engine: Engine) -> Engine:
    service = load_engine("transformers", "builtin:smollm2-135m", {"dtype": "float32"})
    return type(engine)(service, service.load(lambda *_: None).info)


def test_answers_a_question(smollm2: Engine) -> None:
    (answer,) = smollm2.serve([smollm2.ask("What is the capital of France?", temperature=0, maxTokens=30)])
    assert answer.text == "The capital of France is Paris."
    assert answer.finish_reason == "stop"


def test_the_same_greedy_text_alone_and_in_company(smollm2: Engine) -> None:
    def asked() -> list[Any]:
        pages = [PAGE, "Write one sentence about rain.", PAGE * 8]
        return [smollm2.ask(f"Rewrite this page: {page}", temperature=0, maxTokens=40) for page in pages]

    alone = [smollm2.serve([item])[0].text for item in asked()]
    assert [answer.text for answer in smollm2.serve(asked())] == alone


def test_good_english_is_likelier_than_shuffled_english(smollm2: Engine) -> None:
    good, bad = smollm2.serve(
        [
            smollm2.item("likelihood", {"context": "The old bridge", "continuation": continuation})
            for continuation in (" was built in 1874.", " 1874 in built was.")
        ]
    )
    assert good.sum_log_probability > bad.sum_log_probability + 5


def test_numbers_are_split_into_digits(smollm2: Engine) -> None:
    assert len(smollm2.call("render", {"text": "1874"}).token_ids) == 4
