"""Bringing producers to rest, all at the same time, whatever strikes meanwhile."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: How long callbacks get, after everything was given up, to be told so.
_LAST_WORDS: Final = 1.0

#: So often in a row a step is begun again; then it is left out, which only a bug comes to.
_TRIES: Final = 20


class Restless(Protocol):
    """A producer that is to come to rest; each call may be made again where it was broken off."""

    @property
    def timeout(self) -> float:
        """Seconds to wait for what is pending."""
        ...

    def close(self) -> None:
        """Accept no more."""
        ...

    def wait(self, begun: float, timeout: float | None) -> None:
        """Until all is settled and reported, or so long after that time."""
        ...

    def abort(self) -> None:
        """Settle everything now."""
        ...

    def account(self, occasion: str) -> None:
        """Say what was lost, where nobody was told."""
        ...


class _Step(NamedTuple):
    do: Callable[[], None]
    waits: bool = False


class Drain:
    """The steps in which producers come to rest; who does not in time is aborted and accounted for.

    Signal handlers raise exceptions at any moment. Ctrl-C ends the waiting for all producers, and
    nothing else. What another handler raises (a `SystemExit`, say) leads out of here at once while
    there is somebody to come back to it; else it has to wait until everything is accounted for.

    Args:
        endings: the producers.
        occasion: when that was, for what is said of losses.
        patient: wait as long as their records may take, not their ``exit_timeout``.
        final: the program is ending, nothing comes after.
    """

    def __init__(
        self, endings: Sequence[Restless], occasion: str, *, patient: bool, final: bool
    ) -> None:
        self._final = final
        self._begun = 0.0
        self._tries = 0
        self._struck: BaseException | None = None
        self._steps = deque(
            [
                *(_Step(one.close) for one in endings),
                *self._wait([(one, None if patient else one.timeout) for one in endings]),
                _Step(self._give_up),
                *(_Step(partial(_abort, one)) for one in endings),
                *self._wait([(one, _LAST_WORDS) for one in endings]),
                *(_Step(partial(one.account, occasion)) for one in endings),
            ]
        )

    def run(self) -> None:
        """Do it; raises in the end what a signal handler raised meanwhile, but for Ctrl-C."""
        while self._steps:
            try:
                self._go_on()
            except BaseException as error:  # noqa: BLE001 -- all but Ctrl-C is raised again
                self._meet(error)
        if self._struck is not None:
            raise self._struck

    def _go_on(self) -> None:
        while self._steps:
            self._steps[0].do()
            self._steps.popleft()
            self._tries = 0

    def _meet(self, error: BaseException) -> None:
        """An exception has broken off a step: what remains to be done of it, and of those behind.

        It is begun again, unless it was a wait and Ctrl-C, or it will never succeed.
        """
        self._tries += 1
        if not isinstance(error, KeyboardInterrupt):
            if not self._final:
                raise error
            self._struck = error
        while self._steps and self._is_over(error):
            self._steps.popleft()
            self._tries = 0

    def _is_over(self, error: BaseException) -> bool:
        waited = self._steps[0].waits and isinstance(error, KeyboardInterrupt)
        return waited or self._tries > _TRIES

    def _wait(self, waits: Sequence[tuple[Restless, float | None]]) -> list[_Step]:
        """Steps that wait for all of them, counted from the first one."""
        begin = _Step(self._begin, waits=True)
        return [begin, *(_Step(partial(self._wait_for, *one), waits=True) for one in waits)]

    def _begin(self) -> None:
        self._begun = time.monotonic()

    def _wait_for(self, ending: Restless, timeout: float | None) -> None:
        ending.wait(self._begun, timeout)

    def _give_up(self) -> None:
        """From here on there is nothing to come back to."""
        self._final = True


def _abort(ending: Restless) -> None:
    with _without_ctrl_c():
        ending.abort()


@contextlib.contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Python's own handler of Ctrl-C does nothing meanwhile.

    A hundred thousand aggregates take a second to settle, and whoever keeps the keys pressed would
    break it off each time that it is begun again.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
