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
        layer=(_COMPLETION,),
    ),
    Mutant(
        name="timeout-of-a-wait-ignored",
        why="No call may block without a bound.",
        file="producer/completion.py",
        old="        if left <= 0:\n",
        new="        if left <= 0 and False:\n",
        layer=(_COMPLETION,),
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
        layer=(_LIFECYCLE,),
    ),
    Mutant(
        name="no-drain-in-a-worker",
        why="Forked workers of multiprocessing end without atexit.",
        file="producer/lifecycle.py",
        old="    util.Finalize(None, drain_all, exitpriority=_BEFORE_OTHERS)\n",
        new="",
        layer=(_LIFECYCLE,),
    ),
    Mutant(
        name="loss-not-said-at-exit",
        why="No exit loses records without a word.",
        file="producer/lifecycle.py",
        old="        if lost:\n",
        new="        if lost and not self._name:\n",
        layer=(_LIFECYCLE,),
    ),
    Mutant(
        name="dropped-producer-is-not-closed",
        why="Its threads, and what they hold, would stay until the program ends.",
        file="producer/producer.py",
        old="        self._finalizer = weakref.finalize(self, engine.completion.close)\n",
        new="        self._finalizer = weakref.finalize(self, list)\n",
        layer=(_LIFECYCLE,),
    ),
    Mutant(
        name="fork-keeps-the-parents-records",
        why="The child would wait for threads it does not have, or send what its parent sends.",
        file="producer/forking.py",
        old="        one.after_fork()\n",
        new="        pass\n",
        layer=(_LIFECYCLE,),
    ),
    Mutant(
        name="parents-records-counted-by-the-child",
        why="At its exit the child would wait for, and complain of, what is its parent's.",
        file="producer/lifecycle.py",
        old="    os.register_at_fork(after_in_child=_open.clear)",
        new="    os.register_at_fork(after_in_child=list)",
        layer=(_LIFECYCLE,),
    ),
    Mutant(
        name="parents-deliveries-not-told-apart",
        why="Waiting in a child for what its parent sent would end in a timeout, unexplained.",
        file="producer/producer.py",
        old="        self._completion.orphan()\n",
        new="",
        layer=(_LIFECYCLE,),
    ),
    Mutant(
        name="client-shared-over-a-fork",
        why="Two processes on one connection garble each other's traffic.",
        file="client/connection.py",
        old="        client = _Forked() if self._given else None\n",
        new="        client = self._client\n",
        layer=(_LIFECYCLE,),
    ),
)
