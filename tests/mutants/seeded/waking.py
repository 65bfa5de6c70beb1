"""Threads that wait, and whoever has to wake them."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import SIMULATION, Mutant

_WAITING: Final = "tests/producer/test_waiting.py"
_FAULTS: Final = "tests/producer/test_faults.py"
_ROOM: Final = "tests/producer/test_room.py"
_INTERLEAVINGS: Final = "tests/interleavings/test_sending.py"
_HOSTILE: Final = "tests/producer/test_hostile.py"
_CLOCK: Final = "tests/producer/test_clock.py"

MUTANTS: Final = (
    Mutant(
        name="wake-up-lost",
        why="Idle threads would sleep on with work before them.",
        file="waiting.py",
        old="                self._lock.release()\n",
        new="                pass\n",
        layer=(_WAITING,),
    ),
    Mutant(
        name="wake-up-before-the-wait-lost",
        why="A wake-up comes between the decision to wait and the wait about once a day.",
        file="waiting.py",
        old="        longest = threading.TIMEOUT_MAX\n",
        new="        self._lock.acquire(blocking=False)\n        longest = threading.TIMEOUT_MAX\n",
        layer=(_WAITING,),
    ),
    Mutant(
        name="clock-on-the-wall",
        why="Whoever sets the clock would have records given up, or kept back for days.",
        file="producer/outbox.py",
        old="clock: Callable[[], float] = time.monotonic",
        new="clock: Callable[[], float] = time.time",
        layer=(_CLOCK,),
    ),
    Mutant(
        name="no-sender-called",
        why="Records would leave only when some sender happens to look.",
        file="producer/roster.py",
        old="            sender.wake()  # first",
        new="            pass  # first",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="alarm-kept-by-a-busy-sender",
        why="A sender in a long request would be taken for the one that watches the clock.",
        file="producer/roster.py",
        old="            self._watch = None\n            self._alarm = _NEVER\n",
        new="            self._watch = None\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="senders-not-sent-home",
        why="Threads, and the producer they hold, would stay when all is done.",
        file="producer/outbox.py",
        old="            self._roster.call_all()\n",
        new="",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="reporter-not-woken",
        why="Callbacks would come whenever the next record is overdue.",
        file="producer/outbox.py",
        old="        if self.reports.waiting:\n            self.reports.reporter.wake()\n",
        new="",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="overdue-not-looked-for",
        why="A dripping server would hold up outcomes for as long as it likes.",
        file="producer/outbox.py",
        old="        self.backlog.expire(now)\n        self._look_for_lost()\n",
        new="        self._look_for_lost()\n",
        layer=(f"{_FAULTS}::test_an_endless_answer_is_reported_though_nobody_waits",),
    ),
    Mutant(
        name="overdue-behind-a-callback",
        why="A callback that blocks would hold up the outcomes of everything else.",
        file="producer/completion.py",
        old="        self._outbox.backlog.expire(self._outbox.clock())\n",
        new="",
        layer=("tests/producer/test_reports.py",),
    ),
    Mutant(
        name="joiners-not-woken",
        why="A program would not end, or only by looking around every now and then.",
        file="producer/outbox.py",
        old="                joiner.wake()\n",
        new="                pass\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="results-not-woken",
        why="The same, for whoever waits for one delivery.",
        file="producer/reports.py",
        old="        for waiter in delivery.waiters:\n            waiter.wake()\n",
        new="",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="callers-not-let-in",
        why="Who waits for room would wait until max_block, whatever room there is.",
        file="producer/outbox.py",
        old="        self.callers.let_in(self.backlog, self.refusal, self.clock())\n",
        new="",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="room-left-open",
        why="What the short path was charged for ahead of time would stay charged, and a signal"
        " handler could append in the middle of a decision.",
        file="producer/room.py",
        old="            self.backlog.shut()\n            if self._broken_off:\n",
        new="            if self._broken_off:\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="short-path-without-the-lock",
        why="What a thread appends to an aggregate that another closes meanwhile would be lost.",
        file="producer/producer.py",
        old="            with self._lock:\n",
        new="            if self._lock:\n",
        layer=(_INTERLEAVINGS,),
    ),
    Mutant(
        name="nothing-repaired-after-ctrl-c",
        why="Ctrl-C in the middle of a decision leaves queues half changed.",
        file="producer/room.py",
        old="            self._broken_off = True\n            raise\n",
        new="            raise\n",
        layer=(f"{_ROOM}::test_after_a_broken_decision_everything_is_put_right_first",),
    ),
    Mutant(
        name="exit-in-a-sender-ends-it",
        why="A hook of botocore's that calls sys.exit() would end a thread, and lose its batch.",
        file="producer/sender.py",
        old="        except BaseException as error:  # noqa",
        new="        except Exception as error:  # noqa",
        layer=("tests/producer/test_sender.py",),
    ),
    Mutant(
        name="exit-in-a-callback-ends-the-reporter",
        why="Nobody would hear of anything any more.",
        file="producer/reporter.py",
        old="        except BaseException as error:",
        new="        except Exception as error:",
        layer=(f"{_HOSTILE}::test_sys_exit_in_a_callback_ends_nothing",),
    ),
    Mutant(
        name="reporter-not-dismissed",
        why="After a bug of our own in the reporter, join would wait for reports to the end.",
        file="producer/reporter.py",
        old="            self._outbox.dismiss_reporter()\n",
        new="",
        layer=(f"{_HOSTILE}::test_an_error_of_our_own_in_the_reporter_holds_up_no_join",),
    ),
    Mutant(
        name="crash-of-a-thread-ignored",
        why="After a bug of our own in a sender, records would wait for a thread that is gone.",
        file="producer/crew.py",
        old="            self._on_crash(error)\n",
        new="",
        layer=("tests/producer/test_crew.py",),
    ),
    Mutant(
        name="no-memory-for-a-request",
        why="A MemoryError has an answer too: the sender would end, and its batch be lost.",
        file="producer/sender.py",
        old='        except MemoryError:\n            return Failure("OutOfMemory",',
        new='        except NotImplementedError:\n            return Failure("OutOfMemory",',
        layer=("tests/producer/test_sender.py",),
    ),
)
