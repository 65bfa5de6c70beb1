"""The thread that keeps leases: rounds while the consumer lives, and letting go in the end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from kinesis_producer import log
from kinesis_producer.consumer.clock import now
from kinesis_producer.consumer.guard import guarded
from kinesis_producer.consumer.room import STRETCH
from kinesis_producer.consumer.telling import seen_by
from kinesis_producer.core.leasing.news import Happened
from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from kinesis_producer.consumer.driving import Driver
    from kinesis_producer.consumer.room import Room
    from kinesis_producer.consumer.telling import Telling

_QUIET: Final = {Happened.TAKEN, Happened.FINISHED, Happened.HANDED_OVER}


class Keeper:
    """One thread.

    Args:
        room: what it shares with the others.
        driver: asks what the worker's steps ask for.
        telling: of metrics.
    """

    def __init__(self, room: Room, driver: Driver, telling: Telling) -> None:
        self._room = room
        self._driver = driver
        self._telling = telling
        self._was_away = False

    def start(self) -> None:
        """Start it."""
        threading.Thread(target=self._run, name="kinesis-consumer-keeper", daemon=True).start()

    def _run(self) -> None:
        room = self._room
        with guarded(room):
            while self._wait():
                self._driver.drive(room.worker.round(now()))
                self._say()
            if not self._driver.drive(room.worker.close()):
                log.warning("not all leases could be let go: %s", self._driver.away)
        with room.lock:
            room.closed = True
            room.changed()

    def _wait(self) -> bool:
        """Until a round is due, or something is urgent; False when the consumer closes."""
        room = self._room
        with room.lock:
            while not room.closing:
                seconds = room.worker.due - now()
                if seconds <= 0 or room.worker.is_urgent(now()):
                    return True
                room.tending.wait(min(seconds, STRETCH))
        return False

    def _say(self) -> None:
        self._say_away()
        with self._room.lock:
            self._check_chosen()
            news = self._room.worker.held.news.latest()
            seen = seen_by(self._room.worker)
        self._telling.leases(seen)
        for happened, shard_id in news:
            say = log.debug if happened in _QUIET else log.warning
            say("lease of %s: %s", shard_id, happened.value)

    def _check_chosen(self) -> None:
        """Shards that are to be read and are not there are a mistake of the caller's."""
        worker = self._room.worker
        unknown = sorted(
            one
            for one in {*(worker.start.chosen or ()), *worker.start.positions}
            if one not in worker.leases and one not in worker.sync.family
        )
        if unknown and worker.settled:
            self._room.tell(ConfigError(f"shards, start: no shard {', '.join(unknown)} there"))

    def _say_away(self) -> None:
        away = self._driver.away
        if away is not None and not self._was_away:
            log.warning(
                "the store of leases is away (%s); shards pause before their leases run out", away
            )
        if away is None and self._was_away:
            log.warning("the store of leases is back")
        self._was_away = away is not None
