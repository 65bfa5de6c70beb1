"""Faults by class, and a fault that deals them out at random, from a seed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.faults import answers, plain, refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kinesis_producer.testing.messages import Fault, Parameters, Proceed, Request, Response


def _both(name: str, build: Callable[..., Fault]) -> dict[str, Fault]:
    """An ambiguous fault in both variants."""
    return {name: build(committed=False), f"{name}-committed": build(committed=True)}


def _server_error(status: int) -> dict[str, Fault]:
    return _both(f"server-error-{status}", partial(plain.server_error, status=status))


#: Faults, by name, after which the same request succeeds when it is sent again. An ambiguous one is
#: there twice, the second time with ``-committed`` at the end.
PASSING: Final[MappingProxyType[str, Fault]] = MappingProxyType(
    {
        "throttled-entries": refusals.throttled_entries(),
        "uncounted-entries": refusals.uncounted_entries(),
        "throttled": refusals.throttled(),
        "kms-throttled": refusals.kms_error("KMSThrottlingException"),
        "closed-when-idle": answers.closed_when_idle(),
        **_both("internal-failures", refusals.internal_failures),
        **_both("internal-failure", partial(plain.server_error, html=False)),
        **_server_error(500),
        **_server_error(502),
        **_server_error(503),
        **_server_error(504),
        **_both("html-page", answers.html_page),
        **_both("empty-body", answers.empty_body),
        **_both("half-body", answers.half_body),
        **_both("cut-short", answers.cut_short),
        **_both("too-few", partial(answers.wrong_length, -1)),
        **_both("too-many", partial(answers.wrong_length, 1)),
        **_both("no-sequence-numbers", answers.no_sequence_numbers),
        **_both("reset", plain.disconnect),
    }
)

#: Faults, by name, that pass too, but hold a request until the client's patience ends (two seconds
#: or minutes).
HOLDING: Final[MappingProxyType[str, Fault]] = MappingProxyType(
    {
        **_both("slow", partial(plain.delay, 2.0)),
        **_both("drip", answers.drip),
        **_both("hang", plain.hang),
    }
)

#: Faults, by name, that end a producer. Most do so at once, but expired credentials, a wrong
#: signature and a missing stream only if they stay for seconds.
FINAL: Final[MappingProxyType[str, Fault]] = MappingProxyType(
    {
        "access-denied": refusals.access_denied(),
        "invalid-credentials": refusals.invalid_credentials(),
        "expired-credentials": refusals.expired_credentials(),
        "invalid-signature": refusals.invalid_signature(),
        "no-such-stream": refusals.no_such_stream(),
        **{
            code: refusals.kms_error(code)
            for code in refusals.KMS_ERRORS
            if code != "KMSThrottlingException"
        },
    }
)


class Mixture:
    """A fault that is another one each time, or none. Any thread.

    The n-th request it meets is dealt the same by every mixture of the same seed, rate and classes.
    Which request is the n-th is decided by whoever sends them.
    """

    def __init__(self, seed: int, *, rate: float, classes: Mapping[str, Fault]) -> None:
        if not 0.0 <= rate <= 1.0:
            raise ValueError(f"rate must be between 0 and 1, not {rate}")
        if not classes:
            raise ValueError("classes must name at least one fault")
        self._rate = rate
        self._classes = dict(classes)
        self._names = list(classes)
        self._lock = threading.Lock()  # guards what follows
        self._random = random.Random(seed)  # noqa: S311 - a test is to be repeatable
        self._dealt: Counter[str] = Counter()
        self._requests = 0

    def __call__(self, request: Request, proceed: Proceed, /) -> Response:
        """Deal, and let the request meet it."""
        with self._lock:
            name = self._deal()
        return proceed() if name is None else self._classes[name](request, proceed)

    @property
    def dealt(self) -> Counter[str]:
        """How many requests met each class so far; a counter of its own."""
        with self._lock:
            return self._dealt.copy()

    @property
    def requests(self) -> int:
        """How many requests there were so far, with those that met nothing."""
        with self._lock:
            return self._requests

    def _deal(self) -> str | None:
        # Two numbers for every request: another rate changes who is hit, not by what.
        lot, choice = self._random.random(), self._random.random()
        self._requests += 1
        if lot >= self._rate:
            return None
        name = self._names[int(choice * len(self._names))]
        self._dealt[name] += 1
        return name


def mixed(seed: int, *, rate: float = 0.1, classes: Mapping[str, Fault] = PASSING) -> Mixture:
    """Let every request meet one of several faults, or none, at random.

    Args:
        seed: the same seed deals the same faults, in the order of the requests.
        rate: the share of requests that meet a fault, from 0 to 1.
        classes: the faults by name, each as likely as the others. They may be one's own;
            ``faults.PASSING | faults.HOLDING`` adds those that take time.
    """
    return Mixture(seed, rate=rate, classes=classes)


def some(seed: int, *, share: float = 0.5) -> Callable[[int, Parameters], bool]:
    """Choose entries at random, for `entries` and whatever else is told ``which``.

    The n-th entry that is asked about is answered the same for the same seed.
    """
    draw = random.Random(seed).random  # noqa: S311 - a test is to be repeatable; one call is atomic

    def chosen(_index: int, _entry: Parameters) -> bool:
        return draw() < share

    return chosen
