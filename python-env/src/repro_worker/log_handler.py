"""Python's logging, sent to the run's log."""

from __future__ import annotations

import logging
from typing import Protocol

from repro_worker.protocol import LogLevel


class LogLink(Protocol):
    def send_log(self, level: LogLevel, logger: str, message: str) -> None: ...


class LinkLogHandler(logging.Handler):
    def __init__(self, link: LogLink) -> None:
        super().__init__()
        self._link = link

    def emit(self, record: logging.LogRecord) -> None:
        self._link.send_log(level_name(record.levelno), record.name, self.format(record))


def level_name(level: int) -> LogLevel:
    if level >= logging.ERROR:
        return "error"
    if level >= logging.WARNING:
        return "warning"
    return "info" if level >= logging.INFO else "debug"
