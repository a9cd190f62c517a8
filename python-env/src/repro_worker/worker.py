"""The model process: the guardian starts `python -m repro_worker.worker ITS_OWN_PID`, boot line on stdin."""

from __future__ import annotations

import logging
import os
import sys

import msgspec

from repro_worker.die_with_parent import die_with_parent
from repro_worker.errors import OutOfMemoryError, ReproError, WorkerImportError, name_error
from repro_worker.keep_freed_memory import keep_freed_memory
from repro_worker.link import Link
from repro_worker.log_handler import LinkLogHandler
from repro_worker.protocol import BootLine, EngineBoot, HandlerBoot, TrainerBoot
from repro_worker.service import Service


def main() -> int:
    die_with_parent(int(sys.argv[1]))
    keep_freed_memory()
    boot = msgspec.json.decode(sys.stdin.buffer.readline(), type=BootLine)
    end_standard_input()
    let_threads_sleep()
    return run_worker(boot)


def let_threads_sleep() -> None:
    """Idle threads of numeric libraries sleep; on busy cores, spinning made products 10 times slower.

    Read when torch is imported; what the user has set stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")


def run_worker(boot: BootLine) -> int:
    """Says hello, loads, serves until the host says goodbye; 1 when it could not start or go on."""
    link = Link(boot)
    link.connect()
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[LinkLogHandler(link)])
    try:
        service = create_service(boot.worker)
        info = service.load(lambda message, done, total: link.send_progress(None, message, done, total))
        link.send_ready(info)
    except Exception as error:
        link.send_start_error(name_start_error(error))
        link.close("it could not start")
        return 1
    try:
        service.serve(link.inbox)
    except OutOfMemoryError as error:
        link.close(f"has no memory left: {error}")
        return 1
    except Exception:
        logging.getLogger(__name__).exception("The service stopped")
        link.close("its service raised an error")
        return 1
    link.close("the host said goodbye")
    return 0


def create_service(worker: EngineBoot | HandlerBoot | TrainerBoot) -> Service:
    """Imports only what this worker runs."""
    if isinstance(worker, HandlerBoot):
        from repro_worker.handler_service import HandlerService

        return HandlerService(worker)
    if isinstance(worker, TrainerBoot):
        from repro_worker.train.service import TrainerService

        return TrainerService(worker)
    from repro_worker.engines import load_engine

    return load_engine(worker.engine, worker.path, worker.options)


def name_start_error(error: Exception) -> ReproError:
    if isinstance(error, ImportError):
        named = WorkerImportError(f"Something that the worker needs cannot be imported: {error}")
        named.__cause__ = error
        return named
    return name_error("Starting the worker", error)


def end_standard_input() -> None:
    """Code that reads standard input finds its end at once, instead of waiting for the host."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)


if __name__ == "__main__":
    sys.exit(main())
