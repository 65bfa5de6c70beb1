"""A service that fails in every way, as a seed has it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import TYPE_CHECKING

from kinesis_producer.testing import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kinesis_producer.testing.faults import Fault, Proceed, Request, Response

_THROTTLED = "ProvisionedThroughputExceededException"
_HTML = b"<html>sign in</html>"


class Faulty:
    """A fault that is none, or one of many, for each request. Any thread.

    Args:
        seed: of the choices; they follow the order of requests.
        rate: how many of the requests meet something, from 0 to 1.

    Attributes:
        dealt: how often each kind was met.
    """

    def __init__(self, seed: int, *, rate: float) -> None:
        self._dice = random.Random(seed)
        self._rate = rate
        self._lock = threading.Lock()
        self.dealt: Counter[str] = Counter()

    def __call__(self, request: Request, proceed: Proceed) -> Response:
        with self._lock:
            chosen = self._choose()
        return proceed() if chosen is None else chosen(request, proceed)

    def _choose(self) -> Fault | None:
        if self._dice.random() >= self._rate:
            return None
        kind = self._dice.choice(list(KINDS))
        self.dealt[kind] += 1
        return KINDS[kind](self._dice)


def _some(dice: random.Random) -> Callable[[int, object], bool]:
    share, seed = dice.random(), dice.random()
    return lambda index, _: random.Random(seed + index).random() < share


def _committed(dice: random.Random) -> bool:
    return dice.random() < 0.5


KINDS: Mapping[str, Callable[[random.Random], Fault]] = {
    "partial throttle": lambda dice: faults.entries(_some(dice), _THROTTLED),
    "partial failure": lambda dice: faults.entries(_some(dice), "InternalFailure"),
    "throttle": lambda _: faults.error(_THROTTLED, "Rate exceeded"),
    "KMS throttle": lambda _: faults.error("KMSThrottlingException"),
    "expired token": lambda _: faults.error("ExpiredTokenException", "expired"),
    "500": lambda dice: faults.server_error(html=False, committed=_committed(dice)),
    "503 with HTML": lambda dice: faults.server_error(status=503, committed=_committed(dice)),
    "200 with HTML": lambda dice: faults.body(_HTML, committed=_committed(dice)),
    "200 and empty": lambda dice: faults.body(b"", committed=_committed(dice)),
    "half an answer": lambda dice: faults.body(
        b'{"Records":[', committed=_committed(dice), content_length=1000
    ),
    "no records": lambda dice: faults.body(b'{"Records":[]}', committed=_committed(dice)),
    "reset": lambda dice: faults.disconnect(committed=_committed(dice)),
    "late": lambda dice: faults.delay(dice.random() * 1.5, committed=_committed(dice)),
}
