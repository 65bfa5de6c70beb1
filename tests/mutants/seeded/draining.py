"""How producers come to rest while signals come."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_DRAINING: Final = "tests/producer/test_draining.py"
_LIFECYCLE: Final = "tests/producer/test_lifecycle.py"
_SIGNALS: Final = "tests/producer/test_signals.py"
_HIDES: Final = "test_what_a_handler_raises_while_a_program_is_ending_hides_no_loss"

MUTANTS: Final = (
    Mutant(
        name="exit-timeout-not-held",
        why="Whoever deploys has a second, not ten, before the process is killed.",
        file="producer/draining.py",
        old="None if patient else one.timeout)",
        new="None if patient else 8.0)",
        layer=(f"{_SIGNALS}::test_the_end_of_a_program_holds_to_exit_timeout",),
    ),
    Mutant(
        name="no-last-words",
        why="A dead-letter file would lack just what the end of the program gave up.",
        file="producer/draining.py",
        old="_LAST_WORDS: Final = 1.0\n",
        new="_LAST_WORDS: Final = 0.0\n",
        layer=(f"{_SIGNALS}::test_callbacks_hear_what_the_end_of_the_program_gave_up",),
    ),
    Mutant(
        name="exit-breaks-off-the-end",
        why="A SIGTERM while a program is ending would lose what is pending, without a word.",
        file="producer/draining.py",
        old="            if not self._final:\n",
        new="            if self._steps:\n",
        layer=(f"{_SIGNALS}::{_HIDES}",),
    ),
    Mutant(
        name="exit-while-ending-is-shown",
        why="Python would print a traceback of an exit that is under way anyhow.",
        file="producer/lifecycle.py",
        old="    with contextlib.suppress(SystemExit):\n",
        new="    with contextlib.nullcontext():\n",
        layer=(f"{_SIGNALS}::test_sigterm_does_not_keep_a_program_that_is_ending_from_delivering",),
    ),
    Mutant(
        name="first-send-after-the-end-accepted",
        why="Nobody waits for such a record any more: it would be lost without a word.",
        file="producer/lifecycle.py",
        old="        if _over.is_set():\n",
        new="        if _over.is_set() and False:\n",
        layer=(f"{_LIFECYCLE}::test_a_first_send_after_the_program_has_ended_is_refused",),
    ),
    Mutant(
        name="errors-of-handlers-swallowed",
        why="Whatever a handler of the program raises, its owner has to see it.",
        file="producer/draining.py",
        old="            raise self._struck\n",
        new="            return\n",
        layer=(_DRAINING,),
    ),
    Mutant(
        name="timeout-of-a-handler-taken-for-ours",
        why="An alarm that raises TimeoutError would end the waiting early.",
        file="producer/lifecycle.py",
        old="                raise  # a signal handler's\n",
        new="                pass\n",
        layer=(f"{_SIGNALS}::{_HIDES}",),
    ),
    Mutant(
        name="ctrl-c-strikes-while-giving-up",
        why="Keys that stay pressed would break it off each time that it is begun again.",
        file="producer/draining.py",
        old="    with _without_ctrl_c():\n",
        new="    with contextlib.nullcontext():\n",
        layer=(f"{_SIGNALS}::test_ctrl_c_that_is_kept_pressed_hides_no_loss", _DRAINING),
    ),
    Mutant(
        name="ctrl-c-stays-off",
        why="A program that goes on after a with block could not be interrupted any more.",
        file="producer/draining.py",
        old="        signal.signal(signal.SIGINT, signal.default_int_handler)\n",
        new="        pass\n",
        layer=(_DRAINING,),
    ),
    Mutant(
        name="broken-step-left-out",
        why="What an interruption kept from being settled, or counted, would go unsaid.",
        file="producer/draining.py",
        old="        return waited or self._tries > _TRIES\n",
        new="        return True\n",
        layer=(_DRAINING,),
    ),
    Mutant(
        name="broken-step-for-ever",
        why="A bug of our own would keep a program from ending.",
        file="producer/draining.py",
        old="        return waited or self._tries > _TRIES\n",
        new="        return waited\n",
        layer=(_DRAINING,),
    ),
)
