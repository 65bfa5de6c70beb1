"""What is repeated of what others say, and must not be."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_CLIENT: Final = "tests/client"
_READING: Final = "tests/core/test_put_records.py"
_WORDS: Final = "tests/core/test_words.py"

MUTANTS: Final = (
    Mutant(
        name="invalid-values-quoted",
        why="The service quotes what it was sent: payload and keys would reach logs and errors.",
        file="core/words.py",
        old='    message = _VALUE.sub("Value at ", message)\n',
        new="",
        layer=(_WORDS,),
    ),
    Mutant(
        name="invalid-keys-quoted",
        why="Some of its checks quote in other ways, after a colon for instance.",
        file="core/words.py",
        old="_checked(message) if code in _CHECKED else message",
        new="message",
        layer=(_WORDS,),
    ),
    Mutant(
        name="invalid-request-quoted",
        why="botocore, too, quotes the values of a request that it refuses.",
        file="client/failures.py",
        old='        return "the request is not valid"\n',
        new="        return str(error)\n",
        layer=(_CLIENT,),
    ),
    Mutant(
        name="signed-headers-quoted",
        why="With a wrong signature the service quotes the headers, the session token among them.",
        file="core/words.py",
        old="    if code in _OWN:\n",
        new="    if code in ():\n",
        layer=(_WORDS,),
    ),
    Mutant(
        name="unknown-words-repeated",
        why="Nobody knows what the words of an unknown error quote; a firewall's are a whole page.",
        file="core/words.py",
        old="    if code not in MEANINGS or _SUSPICIOUS.search(message):\n",
        new="    if _SUSPICIOUS.search(message):\n",
        layer=(_WORDS,),
    ),
    Mutant(
        name="headers-under-another-code",
        why="An error of any code may come with the header that was signed.",
        file="core/words.py",
        old="    if code not in MEANINGS or _SUSPICIOUS.search(message):\n",
        new="    if code not in MEANINGS:\n",
        layer=(_WORDS,),
    ),
    Mutant(
        name="entries-say-what-they-like",
        why="The words about a single record quote as those about a whole request do.",
        file="core/put_records.py",
        old='        return refusal(code, entry.get("ErrorMessage"))\n',
        new='        return Failure(str(code), str(entry.get("ErrorMessage") or code))\n',
        layer=(_READING,),
    ),
    Mutant(
        name="code-of-any-kind",
        why="What stands in the place of a code is logged too, and counted by name.",
        file="core/words.py",
        old="    if not _CODE.fullmatch(name):\n",
        new="    if not name:\n",
        layer=(_WORDS,),
    ),
    Mutant(
        name="password-of-a-proxy-shown",
        why="What stands before the @ of an address may be a password.",
        file="core/words.py",
        old="if 0 <= begin < end else message",
        new="if 0 > begin > end else message",
        layer=(_CLIENT,),
    ),
    Mutant(
        name="password-masked-to-its-first-at",
        why="A password may hold an @ itself, and what follows it would be shown.",
        file="core/words.py",
        old='message.rfind("@")',
        new='message.find("@")',
        layer=(_WORDS,),
    ),
    Mutant(
        name="unreadable-answer-quoted",
        why="The first line of what is no HTTP may be anything, the request among it.",
        file="client/failures.py",
        old='        return type(error.kwargs.get("error")).__name__\n',
        new="        return str(error)\n",
        layer=(_CLIENT,),
    ),
)
