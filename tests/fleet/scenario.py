"""One run, made from a seed: a stream, a fleet, what befalls them, and the rest that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.core.positions import AT_TIMESTAMP, TRIM_HORIZON
from kinesis_producer.core.reading.starting import Start
from tests.fleet import rest
from tests.fleet.caller import Caller
from tests.fleet.judge import Judge
from tests.fleet.process import Process
from tests.fleet.rules import rules
from tests.fleet.service import Service
from tests.fleet.stream import Stream
from tests.fleet.table import Table
from tests.fleet.troubles import calm, rough
from tests.fleet.world import Life, World

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.fleet.world import Sleep

#: Workers of a fleet.
_MOST: Final = 6

#: Seconds before the first worker comes.
_BEFORE: Final = 10.0


class Scenario:
    """What happens is fixed by the seed; `play` raises where something is wrong.

    Args:
        seed: of everything.
    """

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.dice = self.world.dice
        self.rules = rules(self.dice, calm=self.dice.random() < 0.5)
        self.troubles = (calm if self.rules.calm else rough)(self.dice)
        self.stream = Stream(self.world, self.dice.randint(1, 4))
        self.judge = Judge(self.world, self.stream, self.rules)
        self.table = Table(self.world, self.judge, self.troubles)
        self.service = Service(self.world, self.stream, self.troubles)
        self.fleet: list[tuple[Process, Caller]] = []
        self.came = 0
        self.ends_at = _BEFORE + self.dice.choice((20.0, 40.0, 80.0))
        self._gap = self.dice.choice((0.2, 0.5, 2.0))

    @property
    def living(self) -> list[tuple[Process, Caller]]:
        """Those that have not ended, and are not about to."""
        return [one for one in self.fleet if not (one[0].life.ended or one[1].stopped)]

    def play(self) -> None:
        """Run to the end, and judge.

        Raises:
            AssertionError: something is not as promised.
        """
        self.world.spawn(self._arrivals(), Life())
        self.world.run(_BEFORE)
        for _ in range(self.dice.randint(1, _MOST)):
            self.join()
        self.world.spawn(self._events(), Life())
        self.world.run(self.ends_at)
        self.troubles.end()
        self.table.away.clear()
        for process, caller in self.fleet:
            self.world.thaw(process.life)
            caller.steady = True
        if not self.living:
            self.join()
        rest.judge(self)

    def _arrivals(self) -> Generator[Sleep, None, None]:
        while self.world.now < self.ends_at:
            for _ in range(self.dice.choice((1, 1, 1, 5))):
                self.stream.put()
            yield self.dice.expovariate(1 / self._gap)

    def _events(self) -> Generator[Sleep, None, None]:
        """One after the other. In calm runs, each is over long before the next."""
        failover = self.rules.worker.failover_time
        pause = self.dice.choice((2.0, 5.0, 15.0))
        while True:
            yield self.dice.expovariate(1 / pause) + (2 * failover if self.rules.calm else 0.0)
            if self.world.now < self.ends_at:
                self.dice.choice(self._happenings)()

    @property
    def _happenings(self) -> tuple[Callable[[], object], ...]:
        stream = self.stream
        return (
            stream.split,
            stream.split,
            stream.merge,
            stream.merge,
            self._trim,
            self.join,
            self.join,
            self._leave,
            self._kill,
            self._freeze,
            self._freeze,
            self._away,
        )

    # what may happen

    def join(self) -> None:
        """A worker comes."""
        if len(self.living) >= _MOST:
            return
        at = self.rules.start
        since = None if at == TRIM_HORIZON else self.world.now
        since = _BEFORE / 2 if at == AT_TIMESTAMP else since
        process = Process(
            f"w{self.came}", self.world, self.table, self.service, self.judge, Start(at, since)
        )
        self.came += 1
        self.fleet.append((process, Caller(process)))
        self.fleet[-1][1].steady = self.world.now >= self.ends_at

    def _trim(self) -> None:
        self.judge.excuse(self.stream.trim())

    def _leave(self) -> None:
        if self.living:
            process, caller = self.dice.choice(self.living)
            self.world.say(process.name, "is to leave")
            caller.leave(at_once=self.dice.random() < 0.3)

    def _kill(self) -> None:
        if self.living:
            self.dice.choice(self.living)[0].end("is killed")

    def _freeze(self) -> None:
        if self.living:
            process = self.dice.choice(self.living)[0]
            self.freeze(process, self._seconds())

    def _away(self) -> None:
        who = self.dice.choice(self.living)[0].name if self.living else None
        self.table.away_for(self.dice.choice((who, None)), self._seconds())

    def freeze(self, process: Process, seconds: float) -> None:
        """Stop all of it for a while, as SIGSTOP does."""
        self.world.say(process.name, f"frozen for {seconds:.1f} s")
        process.life.frozen_until = self.world.now + seconds

    def _seconds(self) -> float:
        failover = self.rules.worker.failover_time
        if self.rules.calm:
            return self.dice.random() * failover / 6
        return self.dice.choice((0.2, 0.9, 1.5, 3.0)) * self.dice.random() * failover


def play(seed: int) -> Scenario:
    """One run; where it fails, the error has the seed that plays it again, and the last events."""
    scenario = Scenario(seed)
    try:
        scenario.play()
    except BaseException as error:
        error.add_note(f"{scenario.world.trace}\n{scenario.rules}\n{scenario.troubles}")
        error.add_note(f"python -m tests.fleet --first {seed} --seeds 1")
        raise
    return scenario
