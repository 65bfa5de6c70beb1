"""The wire: bodies that are made here, and what comes back past botocore's parser."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_PUTS: Final = "tests/client/test_raw_puts.py"
_BODIES: Final = "tests/core/test_bodies.py"
_SLICES: Final = "tests/formats/test_slices.py"
_SENDER: Final = "tests/producer/test_sender.py"

MUTANTS: Final = (
    Mutant(
        name="answers-of-others-taken",
        why="Whoever else uses the client would be told nothing of what became of its records.",
        file="client/raw_puts.py",
        old="        if not call.ours:\n            return\n",
        new="",
        layer=(_PUTS,),
    ),
    Mutant(
        name="refused-cbor-given-up",
        why="A server that takes JSON alone would get nothing: all records would be lost.",
        file="client/raw_puts.py",
        old="        return refused\n",
        new="        return False\n",
        layer=(_PUTS,),
    ),
    Mutant(
        name="missing-stream-taken-for-a-refusal",
        why="One look at a stream that is not there yet, and a third more would go for good.",
        file="client/raw_puts.py",
        old=" and code not in MEANINGS",
        new="",
        layer=(_PUTS,),
    ),
    Mutant(
        name="unreadable-answers-for-ever",
        why="A server whose CBOR is broken would be sent the same again until the deadline.",
        file="client/raw_puts.py",
        old="        if isinstance(answer, Failure) and isinstance(request.form, CborFormat):\n",
        new="        if False:\n",
        layer=(_PUTS,),
    ),
    Mutant(
        name="body-without-hooks-lost",
        why="Where botocore has no such events, requests would go out empty.",
        file="client/raw_puts.py",
        old="for entry in request.form.read(request.body)]",
        new="for entry in ()]",
        layer=(_PUTS,),
    ),
    Mutant(
        name="sent-taken-for-not-sent",
        why="Each request would be sent a second time: copies, which nobody counts.",
        file="client/raw_puts.py",
        old="            call.request = None\n            alone",
        new="            alone",
        layer=(_PUTS,),
    ),
    Mutant(
        name="hooks-given-up-by-another-thread",
        why="A request that was written would be sent again, as one elsewhere failed early.",
        file="client/raw_puts.py",
        old="            call.request, call.answer, call.ours = None, None, False\n"
        "        if not handed_over:\n",
        new="            call.request, call.answer, call.ours = None, None, False\n"
        "            self._hooked = self._hooked and handed_over\n"
        "        if not self._hooked:\n",
        layer=(_PUTS,),
    ),
    Mutant(
        name="errors-in-cbor-unread",
        why="Each throttle would be an unknown error: possibly written, and counted so.",
        file="client/raw_puts.py",
        old="bearable(in_json(body))",
        new="bearable(body)",
        layer=(_PUTS,),
    ),
    Mutant(
        name="keys-unescaped",
        why="One key with a quotation mark would have the service refuse its whole request.",
        file="core/bodies.py",
        old='"PartitionKey":{quoted(key)}{tail}',
        new='"PartitionKey":"{key}"{tail}',
        layer=(_BODIES,),
    ),
    Mutant(
        name="explicit-hash-keys-left-out",
        why="Aggregates would go where their partition key leads, which is some other shard.",
        file="core/bodies.py",
        old='    tail = b"" if hashed is None else _EXPLICIT_HASH_KEY + _text(hashed)\n',
        new='    tail = b""\n',
        layer=(_BODIES,),
    ),
    Mutant(
        name="the-hash-key-of-the-entry-before",
        why="Records with one key and different hash keys would go where the first of them goes.",
        file="core/bodies.py",
        old="        if key is not last.partition_key"
        " or hashed is not last.explicit_hash_key:\n"
        "            last = Keys(key, hashed)\n"
        "            tail = _json_tail",
        new="        if key is not last.partition_key:\n"
        "            last = Keys(key, hashed)\n"
        "            tail = _json_tail",
        layer=(_BODIES,),
    ),
    Mutant(
        name="body-shared-with-whoever-looks",
        why="moto would take no request, and who keeps a body would find another one in it.",
        file="client/raw_puts.py",
        old="request.body if alone else bytes(request.body)",
        new="request.body",
        layer=(_PUTS,),
    ),
    Mutant(
        name="the-end-of-the-body-before",
        why="A request smaller than the one before would end with that one's records: refused.",
        file="core/body_buffer.py",
        old="        del self._memory[self.end :]\n",
        new="",
        layer=(_BODIES,),
    ),
    Mutant(
        name="memory-that-somebody-looks-at",
        why="After an error whose traceback is kept, a sender could make no request any more.",
        file="client/raw_puts.py",
        old="            self._memory.append(0)\n",
        new="            pass\n",
        layer=(_PUTS,),
    ),
    Mutant(
        name="bytes-between-slices-lost",
        why="One or two bytes of every 64 KB would be missing, and all behind them shifted.",
        file="core/bodies.py",
        old="        rest = left[whole:]\n",
        new='        rest = b""\n',
        layer=(_SLICES,),
    ),
    Mutant(
        name="delimiters-counted-again-for-each-attempt",
        why="Whoever throttles would seem to be sent more and more records that break.",
        file="producer/sender.py",
        old="not (aggregate.scanned or aggregate.pieces",
        new="not (aggregate.pieces",
        layer=(_SENDER,),
    ),
)
