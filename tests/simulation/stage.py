"""What of the producer's surroundings is replaced: threads, waiting, the clock and the dice.

Everything else is the code that users run: the producer, its outbox, senders and reporter. Waiting
callers look around every fifth of a second in real life; here they rely on being woken, so that a
lost wake-up shows.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import greenlet

from kinesis_producer.producer import (
    callers,
    completion,
    crew,
    engine,
    intake,
    interruption,
    patience,
    reports,
    room,
    sender,
)
from kinesis_producer.producer import outbox as outboxes
from kinesis_producer.producer.outbox import Outbox
from tests.patching import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.simulation.scheduler import Scheduler, Task

_NEVER = float("inf")


@contextmanager
def staged(scheduler: Scheduler) -> Iterator[None]:
    """Producers made inside run on this scheduler."""
    rooms: list[room.Room] = []

    def outbox(*args: Any, **kwargs: Any) -> Outbox:
        made = Outbox(*args, **kwargs, clock=scheduler.clock)
        rooms.append(made.room)
        return made

    waiter = partial(_Waiter, scheduler)
    threads = SimpleNamespace(Thread=partial(_Thread, scheduler), RLock=_NoLock)
    names: list[tuple[Any, str, object]] = [
        *((place, "Waiter", waiter) for place in (callers, completion, reports, sender)),
        *((place, "STRETCH", _NEVER) for place in (intake, patience)),
        (crew, "threading", threads),
        (engine, "Outbox", outbox),
        (engine, "Scout", _NoScout),
        (outboxes, "random", SimpleNamespace(Random=lambda: scheduler.dice)),
        (sender, "new_dice", lambda: scheduler.dice),
        (interruption, "in_signal_handler", bool),
        (interruption, "_here", _Here()),
        (room.Room, "decide", _pausing(scheduler, room.Room.decide, rooms)),
    ]
    with replaced(names):
        yield


def _pausing(
    scheduler: Scheduler, decide: Callable[..., Any], rooms: Sequence[room.Room]
) -> Callable[..., Any]:
    """Others may come in before and after each decision of this stage.

    One of an earlier stage's is made when its producer is collected, at no particular time.
    """
    inside = False

    def pausing(where: room.Room, *args: Any, **kwargs: Any) -> Any:
        nonlocal inside
        if inside or where not in rooms:
            return decide(where, *args, **kwargs)
        scheduler.pause()
        inside = True
        try:
            result = decide(where, *args, **kwargs)
        finally:
            inside = False
        scheduler.pause()
        return result

    return pausing


class _Waiter:
    """As `kinesis_producer.waiting.Waiter`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._woken = False
        self._task: Task | None = None

    @property
    def up_by(self) -> float:
        """When it goes on by itself; minus infinity unless it sleeps."""
        if self._task is None or self._woken:
            return float("-inf")
        return self._task.until

    def wake(self) -> None:
        self._woken = True
        if self._task is not None:
            self._scheduler.rouse(self._task)

    def wait(self, seconds: float) -> bool:
        if not self._woken:
            self._task = self._scheduler.current()
            self._scheduler.sleep(max(seconds, 0.0))
            self._task = None
        woken, self._woken = self._woken, False
        return woken


class _NoScout:
    """It asks nothing: a scenario tells what there is to know of the stream, when it likes."""

    def __init__(self, *_: object) -> None:
        return

    def run(self) -> None:
        return


class _Thread:
    """As `threading.Thread`, as far as the crew uses it."""

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        target: Callable[..., None],
        args: tuple[object, ...],
        name: str,
        daemon: bool,
    ) -> None:
        assert daemon
        self._scheduler = scheduler
        self._name = name
        self._run = partial(target, *args)

    def start(self) -> None:
        self._scheduler.spawn(self._name, self._run)


class _Here:
    """As `threading.local`: each task has attributes of its own."""

    def __getattr__(self, name: str) -> object:
        try:
            return greenlet.getcurrent().__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: object) -> None:
        greenlet.getcurrent().__dict__[name] = value


class _NoLock:
    """Nobody comes between two steps of a task."""

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return
