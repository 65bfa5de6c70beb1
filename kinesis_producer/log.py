"""The log, from threads of this library: a handler that fails must end none of them."""

from __future__ import annotations

import logging
import sys
from typing import Final

_logger: Final = logging.getLogger("kinesis_producer")


def error(message: str, *values: object) -> None:
    """Log an ERROR."""
    _log(logging.ERROR, message, *values)


def warning(message: str, *values: object) -> None:
    """Log a WARNING."""
    _log(logging.WARNING, message, *values)


def debug(message: str, *values: object) -> None:
    """Log for those who look closely."""
    _log(logging.DEBUG, message, *values)


def exception(message: str, *values: object) -> None:
    """Log an ERROR with the traceback of the exception that is being handled."""
    _log(logging.ERROR, message, *values, traceback=True)


def is_detailed() -> bool:
    """Whether anybody looks closely."""
    return _logger.isEnabledFor(logging.DEBUG)


def is_heard() -> bool:
    """Whether anybody has set up a handler."""
    return _logger.hasHandlers()


def _log(level: int, message: str, *values: object, traceback: bool = False) -> None:
    try:
        _logger.log(level, message, *values, exc_info=traceback, stacklevel=3)
    except BaseException:  # noqa: BLE001 -- shown where logging shows such
        if logging.raiseExceptions and sys.stderr is not None:
            sys.excepthook(*sys.exc_info())
