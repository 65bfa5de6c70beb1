"""Threads replaced by greenlets: one runs at a time, and a seed says which, and what time it is."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import greenlet

if TYPE_CHECKING:
    from collections.abc import Callable

_NEVER = float("inf")

#: Steps after which something turns in circles.
_MOST = 20_000


class Stuck(AssertionError):
    """Nobody can go on, or nobody comes to an end: a lost wake-up, or a loop without a wait."""


@dataclass(eq=False, slots=True)
class Task:
    """Something that would be a thread: where it stands, and when it goes on by itself."""

    name: str
    body: greenlet.greenlet
    until: float = 0.0


class Scheduler:
    """Virtual time, and the choice of who goes on.

    Args:
        seed: the same seed makes the same run.

    Attributes:
        watch: called after each step; what it raises ends the run.
        freezes: when everything is to stop, and for how long.
        frozen: seconds that everything stood still so far.
    """

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = 1000.0
        self.steps = 0
        self.freezes: list[tuple[float, float]] = []
        self.frozen = 0.0
        self._tasks: list[Task] = []
        self._by_body: dict[greenlet.greenlet, Task] = {}
        self._main = greenlet.getcurrent()
        self._errors: list[BaseException] = []
        self.watch: Callable[[], None] = lambda: None

    def clock(self) -> float:
        """Monotonic time."""
        return self.now

    def spawn(self, name: str, run: Callable[[], object]) -> None:
        """Let something run beside the others."""

        def guarded() -> None:
            try:
                run()
            except Exception as error:  # noqa: BLE001 -- raised again by the run
                self._errors.append(error)

        task = Task(name, greenlet.greenlet(guarded, self._main), self.now)
        self._tasks.append(task)
        self._by_body[task.body] = task

    def current(self) -> Task | None:
        """Who is running; nobody outside of `run`."""
        return self._by_body.get(greenlet.getcurrent())

    @property
    def name(self) -> str:
        """Of who is running."""
        return self._by_body[greenlet.getcurrent()].name

    def pause(self) -> None:
        """Others may go first, and some time may pass."""
        self.sleep(0.0)

    def sleep(self, seconds: float) -> None:
        """Go on when that time has passed, or somebody says `rouse`."""
        task = self.current()
        if task is not None:
            task.until = self.now + seconds
            self._main.switch()

    def rouse(self, task: Task) -> None:
        """Let it go on now."""
        task.until = min(task.until, self.now)

    def run(self) -> None:
        """Until every task has ended.

        Raises:
            Stuck: somebody waits for ever, or runs for ever.
        """
        while self._tasks and not self._errors:
            self.steps += 1
            self._freeze()
            self._step()
            self.watch()
            if self.steps > _MOST:
                raise Stuck(f"no end after {_MOST} steps: {self._names(self._tasks)}")
        if self._errors:
            raise self._errors[0]

    def _freeze(self) -> None:
        """Stop the whole process, as SIGSTOP does, where it is time for that."""
        if self.freezes and self.now >= self.freezes[0][0]:
            _, seconds = self.freezes.pop(0)
            self.now += seconds
            self.frozen += seconds

    def _step(self) -> None:
        now = self.now
        ready = [task for task in self._tasks if task.until <= now]
        if not ready:
            self.now = min(task.until for task in self._tasks)
            if self.now == _NEVER:
                raise Stuck(f"waiting for ever: {self._names(self._tasks)}")
            return
        task = self.dice.choice(ready)
        self.now += self.dice.choice((0.0, 0.0, 0.0001, 0.01))
        task.body.switch()
        if task.body.dead:
            self._tasks.remove(task)
            del self._by_body[task.body]

    def _names(self, tasks: list[Task]) -> str:
        return ", ".join(task.name for task in tasks)

    def end(self) -> None:
        """Break off what has not ended."""
        for task in self._tasks:
            task.body.throw()
        self._tasks.clear()
