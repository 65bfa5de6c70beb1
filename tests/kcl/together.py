"""The KCL in its 2.x mode and worker programs of this library, on one stream at the same time."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.kcl import tenancies
from tests.kcl.flow import Flow, flowing
from tests.kcl.scene import FAILOVER, JAVA, Scene, wait_until
from tests.workers import fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kcl.daemon import Daemon
    from tests.kcl.tenancies import Tenancy
    from tests.workers.fleet import Fleet

#: All workers of this library, in counts of leases.
PYTHON: Final = "python"

#: Seconds within which leases must have gone where they belong: the taker of the KCL looks every
#: 6 s, and takes one from a worker that lives.
PATIENCE: Final = 60.0

_TWO_X: Final = {"clientVersionConfig": "CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X"}
_POLL: Final = 0.2


@dataclass(frozen=True, slots=True)
class Together:
    """Both, and the records that flow."""

    scene: Scene
    flow: Flow
    python: Fleet
    kcl: Daemon

    def balanced(self) -> float:
        """Wait until each has half of the open shards, or one more; seconds that it took."""
        shards = len(self.scene.open_shards())
        fewer, more = shards // 2, (shards + 1) // 2
        return self._until_owned({JAVA: fewer, PYTHON: more}, {JAVA: more, PYTHON: fewer})

    def followed(self) -> float:
        """Wait until open shards are all that is left to read, and read; seconds that it took.

        How many each has then, is another question: the KCL counts finished ones too.
        """
        there = len(self.scene.open_shards())
        seconds = self._until_owned(*({JAVA: n, PYTHON: there - n} for n in range(there + 1)))
        self.caught_up()
        return seconds

    def taken_over(self, by: str) -> float:
        """Wait until one owns all open shards, and has dealt with all that there was."""
        seconds = self._until_owned({by: len(self.scene.open_shards())})
        self.caught_up()
        return seconds

    def caught_up(self) -> None:
        """Wait until all was dealt with that is in the stream now."""
        there = range(self.flow.written)
        wait_until(
            lambda: set(there) <= set(tenancies.times_kept(self.tenancies())),
            seconds=PATIENCE,
            failure=self._situation,
        )

    def stays(self, seconds: float) -> None:
        """No shard changes hands for so long."""
        before = self.owners()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.owners() == before, self._situation()
            time.sleep(_POLL)

    def owners(self) -> dict[str, str | None]:
        """Which worker has which shard; those that are finished are not counted."""
        return {one.shard_id: one.owner for one in self.scene.table.leases() if not one.is_finished}

    def tenancies(self) -> list[Tenancy]:
        """All that there were."""
        programs = [one for member in self.python.members for one in tenancies.of_member(member)]
        return [*tenancies.of_kcl(self.kcl.directory), *programs]

    def _until_owned(self, *wanted: dict[str, int]) -> float:
        """Wait until the shards that are left are the open ones, and owned so."""
        there = self.scene.open_shards()

        def is_so() -> bool:
            return self.owners().keys() == there and self._numbers() in map(Counter, wanted)

        return round(wait_until(is_so, seconds=PATIENCE, failure=self._situation), 1)

    def _numbers(self) -> Counter[str]:
        """How many shards have owners of each kind; what a dead one has, is under its own name."""
        living = [one for one in self.python.members if one.process.poll() is None]
        kinds = {one.name: PYTHON for one in living if one.of("worker")}
        return Counter(kinds.get(str(owner), str(owner)) for owner in self.owners().values())

    def _situation(self) -> str:
        given = [(one.worker, one.shard, len(one.given)) for one in self.tenancies()]
        return f"{self.flow.written} written, given {given}\n{self.scene.rows()}\n{self.kcl.log()}"


@contextmanager
def together(scene: Scene) -> Iterator[Together]:
    """First one worker program, then the KCL."""
    with (
        flowing(scene.kinesis, scene.stream) as flow,
        fleet.running(_config(scene), "dynamodb:", scene.directory) as python,
    ):
        python.start(1)
        wait_until(
            lambda: len(scene.table.leases()) == 4, seconds=PATIENCE, failure=lambda: "no leases"
        )
        with scene.kcl(**_TWO_X) as kcl:
            yield Together(scene, flow, python, kcl)


def _config(scene: Scene) -> dict[str, Any]:
    return {
        "stream_name": scene.stream,
        "endpoint_url": scene.kinesis.meta.endpoint_url,
        "application_name": scene.stream,
        "failover_time": FAILOVER,
        "idle_time": 0.2,
    }
