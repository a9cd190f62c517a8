"""Functions marked `@handler` in the Python file of a plugin."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from repro_worker.errors import WorkerImportError
from repro_worker.handler_context import HandlerContext

HandlerFunction = Callable[[Any, HandlerContext], Any]
Function = TypeVar("Function", bound=HandlerFunction)

MARK: Final = "__repro_handler__"


def handler(name: str) -> Callable[[Function], Function]:
    """Makes `worker.call(name, ...)` of the plugin's TypeScript side call this function.

    It takes a `Message` and a `HandlerContext` and returns a `Message`; a generator of them is a stream.
    """

    def mark(function: Function) -> Function:
        setattr(function, MARK, name)
        return function

    return mark


@dataclass(frozen=True)
class Handler:
    """One marked function and the types written on it."""

    function: HandlerFunction
    input_type: Any
    output_type: Any
    """Of each value, when it streams."""
    streams: bool


def load_handlers(file: Path, prefix: str) -> dict[str, Handler]:
    """Imports a handler file and returns its handlers by name; `prefix` is its owner, `reward/bertscore`."""
    module = import_file(file, f"repro_handler:{prefix}")
    found: dict[str, Handler] = {}
    for function in vars(module).values():
        name = getattr(function, MARK, None) if inspect.isfunction(function) else None
        if name is None:
            continue
        if name in found and found[name].function is not function:
            raise WorkerImportError(f'Two functions of {file} are marked @handler("{name}").')
        found[name] = read_handler(function, f"{prefix}#{name}")
    if not found:
        raise WorkerImportError(f"{file} has no function marked @handler.")
    return found


def import_file(file: Path, module_name: str) -> ModuleType:
    """Under a name of its own, since every plugin may call its file `handler.py`."""
    spec = spec_from_file_location(module_name, file)
    if spec is None or spec.loader is None:
        raise WorkerImportError(f"{file} is not a Python file.")
    module = module_from_spec(spec)
    sys.modules[module_name] = module  # where annotations of its classes are looked up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[module_name]
        raise WorkerImportError(f"{file} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def read_handler(function: HandlerFunction, method: str) -> Handler:
    parameters = list(inspect.signature(function).parameters)
    try:
        hints = get_type_hints(function)
    except NameError as error:
        raise WorkerImportError(
            f"Handler {method}: {error}. Types on a handler itself are imported outside `if TYPE_CHECKING`."
        ) from error
    if len(parameters) != 2 or parameters[0] not in hints or "return" not in hints:
        raise WorkerImportError(
            f"Handler {method} is written `def {getattr(function, '__name__', method)}"
            "(request: Input, context: HandlerContext) -> Output`, with its types; found "
            f"`{inspect.signature(function)}`."
        )
    streams = inspect.isgeneratorfunction(function)
    output_type = hints["return"]
    if streams:
        if get_origin(output_type) not in (Iterator, Iterable, Generator):
            raise WorkerImportError(
                f"Handler {method} yields, so it returns `Iterator[Output]`; found `{output_type}`."
            )
        output_type = get_args(output_type)[0]
    input_type = hints[parameters[0]]
    for type in (input_type, output_type):
        check_can_cross_the_wire(type, method)
    return Handler(function, input_type, output_type, streams)


def check_can_cross_the_wire(type: object, method: str) -> None:
    try:
        msgspec.msgpack.Decoder(type)
    except (TypeError, NameError) as error:
        raise WorkerImportError(f"Handler {method}: `{type}` cannot cross the wire: {error}") from error
