"""How producers, programs and processes end or part."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_COMPLETION: Final = "tests/producer/test_completion.py"
_LIFECYCLE: Final = "tests/producer/test_lifecycle.py"

MUTANTS: Final = (
    Mutant(
        name="send-after-close-accepted",
        why="Such a record would be accepted and never sent.",
        file="producer/outbox.py",
        old="        if failure is None and self.closed:\n",
        new="        if failure is None and self.closed and False:\n",
        layer=("tests/producer/test_sending.py",),
    ),
    Mutant(
        name="close-sends-nothing",
        why="What is in open aggregates would wait for its age.",
        file="producer/completion.py",
        old="        self._outbox.backlog.flush(CloseReason.CLOSE)\n",
        new="",
        layer=(f"{_COMPLETION}::test_why_an_aggregate_was_closed_is_told",),
    ),
    Mutant(
        name="timeout-of-a-wait-ignored",
        why="No call may block without a bound.",
        file="producer/patience.py",
        old="        if left <= 0:\n",
        new="        if left <= 0 and False:\n",
        layer=(f"{_COMPLETION}::test_a_flush_that_takes_too_long_changes_nothing",),
    ),
    Mutant(
        name="exception-in-with-waits-for-nothing",
        why="Leaving the block by an exception would leave its records behind.",
        file="producer/producer.py",
        old="            self._engine.ending.drain_after(error)\n",
        new="            self.close()\n",
        layer=(_COMPLETION,),
    ),
    Mutant(
        name="no-drain-at-exit",
        why="A program that ends without close would lose all: the ancestor delivered 0 of 100.",
        file="producer/lifecycle.py",
        old="atexit.register(drain_all)\n",
        new="",
        layer=(f"{_LIFECYCLE}::test_a_program_that_ends_without_close_delivers",),
    ),
    Mutant(
        name="no-drain-in-a-worker",
        why="Forked workers of multiprocessing end without atexit.",
        file="producer/lifecycle.py",
        old="    util.Finalize(None, drain_all, exitpriority=_BEFORE_OTHERS)\n",
        new="",
        layer=(f"{_LIFECYCLE}::test_a_worker_of_multiprocessing_that_does_not_close_delivers",),
    ),
    Mutant(
        name="loss-not-said-at-exit",
        why="No exit loses records without a word.",
        file="producer/lifecycle.py",
        old="        if lost:\n",
        new="        if lost and not self._name:\n",
        layer=(f"{_LIFECYCLE}::test_what_failed_unheard_is_counted",),
    ),
    Mutant(
        name="dropped-producer-is-not-closed",
        why="Its threads, and what they hold, would stay until the program ends.",
        file="producer/producer.py",
        old="        self._finalizer = weakref.finalize(self, engine.completion.close)\n",
        new="        self._finalizer = weakref.finalize(self, list)\n",
        layer=(f"{_LIFECYCLE}::test_a_dropped_producer_is_not_kept_for_ever",),
    ),
    Mutant(
        name="producer-in-a-subinterpreter",
        why="Its threads end the whole process when that interpreter is destroyed.",
        file="producer/producer.py",
        old="        interpreters.check()\n",
        new="",
        layer=(f"{_LIFECYCLE}::test_a_subinterpreter_is_refused_by_name",),
    ),
    Mutant(
        name="fork-keeps-the-parents-records",
        why="The child would wait for threads it does not have, or send what its parent sends.",
        file="producer/forking.py",
        old="        one.after_fork()\n",
        new="        pass\n",
        layer=(f"{_LIFECYCLE}::test_after_a_fork_each_process_has_its_own_records",),
    ),
    Mutant(
        name="parents-records-counted-by-the-child",
        why="At its exit the child would wait for, and complain of, what is its parent's.",
        file="producer/lifecycle.py",
        old="    os.register_at_fork(after_in_child=_open.clear)",
        new="    os.register_at_fork(after_in_child=list)",
        layer=(f"{_LIFECYCLE}::test_a_child_that_ends_says_nothing_of_its_parents_records",),
    ),
    Mutant(
        name="parents-deliveries-not-told-apart",
        why="Waiting in a child for what its parent sent would end in a timeout, unexplained.",
        file="producer/producer.py",
        old="        self._completion.orphan()\n",
        new="",
        layer=(f"{_LIFECYCLE}::test_after_a_fork_each_process_has_its_own_records",),
    ),
    Mutant(
        name="client-shared-over-a-fork",
        why="Two processes on one connection garble each other's traffic.",
        file="client/connection.py",
        old="        client = _Forked() if self._given else None\n",
        new="        client = self._client\n",
        layer=(f"{_LIFECYCLE}::test_a_client_that_was_given_stays_with_the_parent",),
    ),
)
