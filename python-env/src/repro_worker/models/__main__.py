"""`python -m repro_worker.models builtin:smollm2-135m`: prepares one model and prints its folder.

With `--json` it prints `{"folder": ..., "revision": ...}`: what a host needs to know of a model without
loading it. Progress goes to stderr; exit code 4 when there is no such model.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from repro_worker.errors import ModelNotFoundError
from repro_worker.models import resolve_model
from repro_worker.models.revision import revision_of


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m repro_worker.models")
    parser.add_argument("path", help="a folder, builtin:NAME or a hub name")
    parser.add_argument("--json", action="store_true", help="print folder and revision as JSON")
    parser.add_argument("--chat-template", type=Path, help="a chat template that is part of the revision")
    options = parser.parse_args(arguments)
    try:
        folder = resolve_model(options.path, print_progress)
    except ModelNotFoundError as error:
        print(error, file=sys.stderr)
        return 4
    if options.json:
        revision = revision_of(folder, chat_template=options.chat_template)
        print(json.dumps({"folder": str(folder), "revision": revision}))
    else:
        print(folder)
    return 0


def print_progress(message: str, done: float | None, total: float | None) -> None:
    share = f" ({done:g} of {total:g})" if done is not None and total is not None else ""
    print(f"{message}{share}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
