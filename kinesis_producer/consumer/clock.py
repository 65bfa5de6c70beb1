"""The clock by which leases run out: it goes on while the machine sleeps, where there is one."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", None)

#: Seconds from some moment on; never set back. Linux's monotonic clock stands while a machine is
#: suspended, and a worker would take its leases for good when it wakes.
now: Final[Callable[[], float]] = (
    time.monotonic if _BOOT is None else partial(time.clock_gettime, _BOOT)
)
