"""All mutants, by what they break."""

from __future__ import annotations

from typing import Final

from tests.mutants.seeded import (
    answers,
    buffering,
    callbacks,
    connecting,
    crashes,
    draining,
    endings,
    fan_out,
    fleets,
    formats,
    freezing,
    hanging,
    outcomes,
    retrying,
    shards,
    singles,
    speed,
    waking,
    wire,
    words,
)

MUTANTS: Final = (
    *answers.MUTANTS,
    *outcomes.MUTANTS,
    *retrying.MUTANTS,
    *buffering.MUTANTS,
    *shards.MUTANTS,
    *singles.MUTANTS,
    *waking.MUTANTS,
    *callbacks.MUTANTS,
    *crashes.MUTANTS,
    *endings.MUTANTS,
    *draining.MUTANTS,
    *freezing.MUTANTS,
    *hanging.MUTANTS,
    *formats.MUTANTS,
    *words.MUTANTS,
    *wire.MUTANTS,
    *connecting.MUTANTS,
    *fan_out.MUTANTS,
    *fleets.MUTANTS,
    *speed.MUTANTS,
)
