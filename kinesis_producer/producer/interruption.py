"""Where waiting for room could last for ever, because whoever makes room is the one who waits."""

from __future__ import annotations

import signal
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from kinesis_producer.producer.outbox import Outbox

_here: Final = threading.local()


def serve(outbox: Outbox) -> None:
    """The calling thread works for this outbox from now on, as a sender or as the reporter."""
    _here.outbox = outbox


def serves(outbox: Outbox) -> bool:
    """Whether the calling thread does: a callback is running, or a log handler of somebody's."""
    return getattr(_here, "outbox", None) is outbox


def may_wait(outbox: Outbox) -> bool:
    """Whether the caller may wait: not inside the room, not for its own thread, not in a handler.

    A callback runs on the reporter thread, which frees the memory of what it has reported, and a
    sender may log. A signal handler runs on top of whatever the main thread was doing, which cannot
    go on meanwhile.
    """
    return not (outbox.room.owned() or serves(outbox) or in_signal_handler())


def in_signal_handler() -> bool:
    """Whether a handler set with ``signal.signal`` is on the stack of this thread.

    Python has no name for this state, so the code on the stack is compared with the code of the
    handlers that are set. It costs some microseconds, and is asked only before waiting.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    handlers = {code for one in signal.valid_signals() if (code := _code(signal.getsignal(one)))}
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 -- inspect costs a hundred times more
    while frame is not None:
        if frame.f_code in handlers:
            return True
        frame = frame.f_back
    return False


def _code(handler: object) -> CodeType | None:
    """The code of a handler: a function, a method, a partial, or an object that can be called."""
    while isinstance(handler, partial):
        handler = handler.func
    function = getattr(handler, "__func__", handler)
    code = getattr(function, "__code__", None)
    if code is None and callable(handler):
        code = getattr(vars(type(handler)).get("__call__"), "__code__", None)
    return code
