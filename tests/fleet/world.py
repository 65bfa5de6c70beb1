"""Virtual time: who goes on when, and what happened last."""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

#: Events of a run that are remembered.
_REMEMBERED: Final = 60

#: No run takes a tenth of it.
_MOST: Final = 3_000_000


class Nap(NamedTuple):
    """Go on at that time, or when woken for that."""

    until: float
    what: str = ""


#: What a task yields: seconds for which nothing can wake it, or a nap.
Sleep = float | Nap


@dataclass(slots=True, eq=False)
class Life:
    """What tasks of one process have in common.

    Attributes:
        frozen_until: none of them goes on before.
        ended: none of them goes on at all.
    """

    frozen_until: float = 0.0
    ended: bool = False


@dataclass(slots=True, eq=False)
class Task:
    """Something that would be a thread: what it does next, and what may wake it."""

    body: Generator[Sleep, None, object]
    life: Life
    waits_for: str | None = None
    version: int = 0
    ended: bool = False


@dataclass(slots=True)
class World:
    """Time, dice, and tasks. The same seed makes the same world.

    Attributes:
        now: seconds, by nobody's clock.
        steps: tasks that went on so far.
    """

    seed: int
    dice: random.Random = field(init=False)
    now: float = 0.0
    steps: int = 0
    _queue: list[tuple[float, int, int, Task]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    _trace: deque[tuple[float, str, str]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def say(self, who: str, what: str) -> None:
        """Remember an event."""
        self._trace.append((self.now, who, what))

    @property
    def trace(self) -> str:
        """The last events, one a line."""
        return "\n".join(f"{at:9.3f}  {who:8} {what}" for at, who, what in self._trace)

    def spawn(self, body: Generator[Sleep, None, object], life: Life) -> Task:
        """Let something run beside the others."""
        task = Task(body, life)
        self._push(task, self.now)
        return task

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something then, whatever becomes of who wanted it."""

        def body() -> Generator[Sleep, None, None]:
            yield seconds
            act()

        self.spawn(body(), Life())

    def wake(self, task: Task, *what: str) -> None:
        """Let it go on now, if it naps for one of these."""
        if task.waits_for in what:
            self._push(task, self.now)

    def thaw(self, life: Life) -> None:
        """Let what is frozen go on now."""
        until, life.frozen_until = life.frozen_until, 0.0
        for at, _, version, task in list(self._queue):
            if task.life is life and at == until and version == task.version:
                self._push(task, self.now)

    def run(self, until: float) -> None:
        """Let time pass.

        Raises:
            AssertionError: somebody turns in circles.
        """
        while self._queue and self._queue[0][0] <= until:
            at, _, version, task = heapq.heappop(self._queue)
            if version == task.version and not task.ended and not task.life.ended:
                self.now = max(self.now, at)
                self._step(task)
        self.now = until

    def _step(self, task: Task) -> None:
        if task.life.frozen_until > self.now:
            self._push(task, task.life.frozen_until)
            return
        self.steps += 1
        assert self.steps < _MOST, "no end"
        try:
            sleep = next(task.body)
        except StopIteration:
            task.ended = True
            return
        if isinstance(sleep, Nap):
            self._push(task, max(self.now, sleep.until))
            task.waits_for = sleep.what
        else:
            self._push(task, self.now + sleep)

    def _push(self, task: Task, at: float) -> None:
        task.version += 1
        task.waits_for = None
        heapq.heappush(self._queue, (at, next(self._order), task.version, task))
