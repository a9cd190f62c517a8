from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from repro_worker.errors import (
    HandlerError,
    InvalidInputError,
    MessageTooLargeError,
    OutOfMemoryError,
    UnknownMethodError,
    WorkerImportError,
)
from repro_worker.testing import LoadedHandlers

HandlerFile = Callable[[str], Path]

SCORE = """
class ScoreInput(Message):
    max_tokens: int
    originals: list[str]

class ScoreOutput(Message):
    f1: list[float]
    token_counts: dict[str, int] = {}

@handler("score")
def score(request: ScoreInput, context: HandlerContext) -> ScoreOutput:
    return ScoreOutput(f1=[float(request.max_tokens) for _ in request.originals], token_counts={"a": 1})
"""


def test_decodes_camel_case_and_answers_it(handler_file: HandlerFile) -> None:
    handlers = LoadedHandlers(handler_file(SCORE))
    answer = handlers.call("score", {"maxTokens": 2, "originals": ["a", "b"]})
    assert answer == {"f1": [2.0, 2.0], "tokenCounts": {"a": 1}}


def test_takes_an_integer_that_arrives_as_a_float(handler_file: HandlerFile) -> None:
    handlers = LoadedHandlers(handler_file(SCORE))
    assert handlers.call("score", {"maxTokens": 2.0**40, "originals": ["a"]})["f1"] == [2.0**40]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"maxTokens": 1, "originals": [1]}, r"at `\$\.originals\[0\]`"),
        ({"maxTokens": 1.5, "originals": []}, r"Expected `int`, got `float` - at `\$\.maxTokens`"),
        ({"maxTokens": 1}, "missing required field `originals`"),
        ({"maxTokens": 1, "originals": [], "extra": 0}, "unknown field `extra`"),
        (None, "Expected `object`, got `null`"),
    ],
)
def test_names_the_bad_field(handler_file: HandlerFile, value: object, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        LoadedHandlers(handler_file(SCORE)).call("score", value)


def test_an_unknown_handler_is_named_with_those_there_are(handler_file: HandlerFile) -> None:
    with pytest.raises(UnknownMethodError, match=r'#scores"; this worker has test/.*#score\.'):
        LoadedHandlers(handler_file(SCORE)).call("scores", {})


def test_a_plain_error_is_wrapped_once_and_keeps_its_cause(handler_file: HandlerFile) -> None:
    code = """
@handler("fail")
def fail(request: Text, context: HandlerContext) -> Text:
    raise {"KeyError": KeyError("text"), "SystemExit": SystemExit(2)}[request.text]
"""
    handlers = LoadedHandlers(handler_file(code))
    with pytest.raises(HandlerError, match=r"#fail raised KeyError: 'text'") as raised:
        handlers.call("fail", {"text": "KeyError"})
    assert isinstance(raised.value.__cause__, KeyError)
    with pytest.raises(HandlerError, match="raised SystemExit: 2"):
        handlers.call("fail", {"text": "SystemExit"})


def test_an_error_with_a_name_passes(handler_file: HandlerFile) -> None:
    code = """
from repro_worker.errors import InvalidInputError

@handler("check")
def check(request: Text, context: HandlerContext) -> Text:
    raise InvalidInputError("no such encoder")
"""
    with pytest.raises(InvalidInputError, match=r"^no such encoder$"):
        LoadedHandlers(handler_file(code)).call("check", {"text": ""})


def test_running_out_of_memory_is_retryable(handler_file: HandlerFile) -> None:
    code = """
@handler("grow")
def grow(request: Text, context: HandlerContext) -> Text:
    raise MemoryError
"""
    with pytest.raises(OutOfMemoryError) as raised:
        LoadedHandlers(handler_file(code)).call("grow", {"text": ""})
    assert raised.value.retryable


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("Text(text=1)", r"Expected `str`, got `int` - at `\$\.text`"),
        ("None", "Expected `object`, got `null`"),
        ("Text(text=object())", "Encoding objects of type object is unsupported"),
        ("Text(text='\\udc00')", "surrogate"),
    ],
)
def test_an_answer_is_checked(handler_file: HandlerFile, answer: str, message: str) -> None:
    code = f"""
@handler("answer")
def answer(request: Text, context: HandlerContext) -> Text:
    return {answer}
"""
    with pytest.raises(HandlerError, match=message):
        LoadedHandlers(handler_file(code)).call("answer", {"text": ""})


def test_an_answer_above_the_limit_is_its_own_error(handler_file: HandlerFile) -> None:
    code = """
@handler("long")
def long(request: Text, context: HandlerContext) -> Text:
    return Text(text="a" * 9_000_000)
"""
    with pytest.raises(MessageTooLargeError):
        LoadedHandlers(handler_file(code)).call("long", {"text": ""})


def test_not_a_number_crosses_as_it_is(handler_file: HandlerFile) -> None:
    code = """
class Number(Message):
    value: float

@handler("nan")
def nan(request: Text, context: HandlerContext) -> Number:
    return Number(value=float("nan"))
"""
    assert math.isnan(LoadedHandlers(handler_file(code)).call("nan", {"text": ""})["value"])


def test_a_generator_streams_and_may_fail_on_the_way(handler_file: HandlerFile) -> None:
    code = """
@handler("letters")
def letters(request: Text, context: HandlerContext) -> Iterator[Text]:
    for letter in request.text:
        yield Text(text=letter if letter != "1" else 1)
"""
    handlers = LoadedHandlers(handler_file(code))
    assert handlers.stream("letters", {"text": "abc"}) == [{"text": letter} for letter in "abc"]
    assert handlers.stream("letters", {"text": ""}) == []
    with pytest.raises(HandlerError, match="Expected `str`"):
        handlers.stream("letters", {"text": "a1c"})


def test_callbacks_and_paths_go_through_the_context(handler_file: HandlerFile) -> None:
    code = """
@handler("ask")
def ask(request: Text, context: HandlerContext) -> Text:
    assert context.resolve("/models/x") == "/models/x"
    assert not context.cancelled
    context.progress("half", 1, 2)
    return Text(text=context.callback("double", {"text": request.text}, timeout_seconds=1))
"""
    handlers = LoadedHandlers(handler_file(code), callbacks={"double": lambda value: 2 * value["text"]})
    assert handlers.call("ask", {"text": "ab"}) == {"text": "abab"}


def test_two_plugins_may_both_have_a_handler_py(tmp_path: Path, handler_file: HandlerFile) -> None:
    answers: list[str] = []
    loaded: list[LoadedHandlers] = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        code = f"""
NAME = "{name}"

@handler("name")
def name(request: Text, context: HandlerContext) -> Text:
    return Text(text=NAME)
"""
        loaded.append(LoadedHandlers(handler_file(code).rename(folder / "handler.py")))
    answers = [handlers.call("name", {"text": ""})["text"] for handlers in loaded]
    assert answers == ["one", "two"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = (", "cannot be imported: SyntaxError"),
        ("import not_there", "No module named 'not_there'"),
        ("sys.exit()", "cannot be imported: SystemExit"),
        ("", "no function marked @handler"),
        ('@handler("a")\ndef a(request, context): return 1', r"with its types; found `\(request, context\)`"),
        ('@handler("a")\ndef a(request: Text) -> Text: return request', "with its types; found"),
        ('@handler("a")\ndef a(r: Missing, c: HandlerContext) -> Text: return r', "outside `if TYPE_CHECK"),
        ('@handler("a")\ndef a(r: Text, c: HandlerContext) -> Text: yield r', "so it returns `Iterator"),
        (
            'class Bad(Message):\n  x: list[Missing]\n'
            '@handler("a")\ndef a(r: Bad, c: HandlerContext) -> Text: return r',
            "cannot cross the wire: name 'Missing'",
        ),
        (
            '@handler("a")\ndef a(r: Text, c: HandlerContext) -> Text: return r\n'
            '@handler("a")\ndef b(r: Text, c: HandlerContext) -> Text: return r',
            r'Two functions of .* are marked @handler\("a"\)',
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_not_right_is_refused_when_it_is_loaded(
    handler_file: HandlerFile, code: str, message: str
) -> None:
    with pytest.raises(WorkerImportError, match=message):
        LoadedHandlers(handler_file(code))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkerImportError, match=r"nowhere\.py cannot be imported"):
        LoadedHandlers(tmp_path / "nowhere.py")
