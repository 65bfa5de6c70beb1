"""The steps in which producers come to rest, and exceptions that break off any of them."""

from __future__ import annotations

import contextlib
import signal
import threading

import pytest

from kinesis_producer.producer.draining import Drain

STEPS = ["close", "wait", "abort", "wait", "account"]


class Ending:
    """Notes what it is asked; one of these calls is broken off, so many times.

    Args:
        step: the number of the first call that is broken off.
        error: what strikes there.
        times: how often in a row.
    """

    timeout = 5.0

    def __init__(self, step: int = -1, error: type[BaseException] = KeyError, times: int = 1):
        self.calls: list[str] = []
        self.waits: list[float | None] = []
        self.ctrl_c: object = None
        self._strikes = dict.fromkeys(range(step, step + times), error)

    def _note(self, name: str) -> None:
        error = self._strikes.pop(len(self.calls), None)
        self.calls.append(name)
        if error is not None:
            raise error

    def close(self) -> None:
        self._note("close")

    def wait(self, begun: float, timeout: float | None) -> None:
        self.waits.append(timeout)
        self._note("wait")

    def abort(self) -> None:
        self.ctrl_c = signal.getsignal(signal.SIGINT)
        self._note("abort")

    def account(self, occasion: str) -> None:
        self._note(f"account {occasion}".split()[0])


def drain(*endings, patient=False, final=True):
    Drain(endings, "in a test", patient=patient, final=final).run()


def test_all_wait_together():
    """Nobody is aborted before everybody has had time."""
    one, two = Ending(), Ending()
    drain(one, two)
    assert one.calls == two.calls == STEPS
    assert one.waits == [5.0, 1.0]


def test_the_patient_wait_as_long_as_it_takes():
    """Callbacks get their last words all the same."""
    one = Ending()
    drain(one, patient=True)
    assert one.waits == [None, 1.0]


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("times", [1, 5])
def test_ctrl_c_ends_waits_and_nothing_else(step, times):
    """What has to be done is begun again until it is done."""
    one, two = Ending(step, KeyboardInterrupt, times), Ending()
    drain(one, two)
    for done in ("close", "abort", "account"):
        assert one.calls.count(done) >= 1
        assert two.calls.count(done) == 1
    assert one.calls[-1] == two.calls[-1] == "account"


def test_ctrl_c_in_the_first_wait_ends_it_for_all():
    """The one that was next does not wait either, but for its last words."""
    one, two = Ending(1, KeyboardInterrupt), Ending()
    drain(one, two)
    assert (one.waits, two.waits) == ([5.0, 1.0], [1.0])


@pytest.mark.parametrize("step", range(5))
def test_an_exit_at_the_end_of_the_program_has_to_wait(step):
    """Whatever it has broken off is done again, the waiting too; then it is raised."""
    one = Ending(step, SystemExit)
    with pytest.raises(SystemExit):
        drain(one)
    assert one.calls == [*STEPS[: step + 1], *STEPS[step:]]


@pytest.mark.parametrize("step", [0, 1])
def test_an_exit_from_a_with_block_is_not_held_up(step):
    """The end of the program sees to the rest."""
    one = Ending(step, SystemExit)
    with pytest.raises(SystemExit):
        drain(one, final=False)
    assert one.calls == STEPS[: step + 1]


@pytest.mark.parametrize("step", [2, 3, 4])
def test_once_it_gives_up_everything_is_accounted_for(step):
    """In a with block too."""
    one = Ending(step, SystemExit)
    with pytest.raises(SystemExit):
        drain(one, final=False)
    assert one.calls[-1] == "account"


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("error", [KeyboardInterrupt, KeyError])
def test_what_never_succeeds_is_left_out(step, error):
    """An error of our own, say: the program ends all the same, and what can be said is said."""
    one = Ending(step, error, 1000)
    with pytest.raises(KeyError) if error is KeyError else contextlib.nullcontext():
        drain(one, Ending())
    assert len(one.calls) < 150


def test_ctrl_c_is_no_matter_while_everything_is_given_up():
    """Python's own handler comes back afterwards; another one stays where it is."""
    before = signal.getsignal(signal.SIGINT)
    mine = lambda *_: None  # noqa: E731 -- it is compared with itself
    one, two = Ending(), Ending(2, SystemExit)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        drain(one)
        with pytest.raises(SystemExit):
            drain(two)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.default_int_handler not in {one.ctrl_c, two.ctrl_c}
        signal.signal(signal.SIGINT, mine)
        drain(one)
        assert one.ctrl_c is signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_leave_handlers_alone():
    """They could not set them."""
    one = Ending()
    thread = threading.Thread(target=drain, args=(one,))
    thread.start()
    thread.join(10)
    assert one.calls == STEPS
    assert one.ctrl_c is signal.getsignal(signal.SIGINT)
