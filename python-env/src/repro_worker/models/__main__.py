"""`python -m repro_worker.models builtin:smollm2-135m`: prepares one model and prints its folder.

Progress goes to stderr, the folder to stdout; exit code 4 when there is no such model.
"""

from __future__ import annotations

import sys

from repro_worker.errors import ModelNotFoundError
from repro_worker.models import resolve_model


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m repro_worker.models PATH_OR_BUILTIN", file=sys.stderr)
        return 2
    try:
        print(resolve_model(arguments[0], print_progress))
    except ModelNotFoundError as error:
        print(error, file=sys.stderr)
        return 4
    return 0


def print_progress(message: str, done: float | None, total: float | None) -> None:
    share = f" ({done:g} of {total:g})" if done is not None and total is not None else ""
    print(f"{message}{share}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
