"""What fails before a request is sent, and what only looks like it."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_UNSENT: Final = "tests/client/test_unsent.py"
_TRUST: Final = "test_authorities_that_cannot_be_read_are_told_at_once"

_RENEWAL: Final = "tests/client/test_renewal.py"
_RENEWED: Final = "test_credentials_that_cannot_be_renewed_are_told_without_what_was_said"
_FORK: Final = "test_a_fork_while_credentials_are_renewed_has_a_child_that_sends"

MUTANTS: Final = (
    Mutant(
        name="handshake-is-unknown",
        why="Without a connection nothing was written; called unknown, there is no ERROR, and each"
        " attempt counts as a possible duplicate.",
        file="client/unsent.py",
        old="    if any(map(_connects, frames)):\n",
        new="    if not frames:\n",
        layer=(_UNSENT,),
    ),
    Mutant(
        name="every-tls-error-is-unreachable",
        why="One after the handshake comes when the request may have been written.",
        file="client/unsent.py",
        old='frame.f_code.co_name == "connect" and ',
        new="",
        layer=(_UNSENT,),
    ),
    Mutant(
        name="every-connect-is-believed",
        why="Others have a method of that name, and call it at any time.",
        file="client/unsent.py",
        old=" and isinstance(maker, http.client.HTTPConnection)",
        new="",
        layer=(_UNSENT,),
    ),
    Mutant(
        name="unreadable-trust-is-retried",
        why="A file of certificates that is not there would be looked for until the deadline.",
        file="client/unsent.py",
        old="not shaken and _reads_files(first)",
        new="shaken and _reads_files(first)",
        layer=(_UNSENT,),
    ),
    Mutant(
        name="unreadable-proxy-is-unknown",
        why="Without a proxy there is no way, and nothing was written.",
        file="client/unsent.py",
        old="    if names & _PROXY:\n",
        new="    if not names:\n",
        layer=(_UNSENT,),
    ),
    Mutant(
        name="renewal-is-unknown",
        why="A source of credentials that fails is not the service: nothing was written.",
        file="client/unsent.py",
        old='frame.f_globals.get("__name__") == _RENEWAL',
        new="not frame",
        layer=(_UNSENT,),
    ),
    Mutant(
        name="cause-left-out",
        why="That there is no connection does not say whether the name or the port is wrong.",
        file="client/failures.py",
        old='    why = _reason(error) if code == "Unreachable" else ""\n',
        new='    why = ""\n',
        layer=(_UNSENT,),
    ),
    Mutant(
        name="trust-read-too-late",
        why="What is wrong with the certificates to trust would be missed by the first request.",
        file="client/making.py",
        old=".load_verify_locations(path)",
        new="",
        layer=(f"tests/producer/test_encryption.py::{_TRUST}",),
    ),
    Mutant(
        name="renewal-logged-with-its-traceback",
        why="What renews credentials may be a function of the program, and quote them as it fails.",
        file="client/connection.py",
        old="            failure = unsent(error)\n",
        new="            failure = None\n",
        layer=(f"tests/producer/test_credentials.py::{_RENEWED}",),
    ),
    Mutant(
        name="locks-of-credentials-inherited",
        why="A child of a fork would wait for ever for a thread that only its parent has.",
        file="client/connection.py",
        old="        unlock(self._credentials)\n",
        new="",
        layer=(f"tests/producer/test_forking.py::{_FORK}",),
    ),
    Mutant(
        name="locks-of-sources-inherited",
        why="Credentials of a role are renewed with others, which have a lock of their own.",
        file="client/renewal.py",
        old="part.__self__ if inspect.ismethod(part) else part",
        new="part",
        layer=(_RENEWAL,),
    ),
    Mutant(
        name="locks-of-the-program-taken-away",
        why="What a program renews credentials with is its own, and so are the locks there.",
        file="client/renewal.py",
        old="        if id(one) not in seen and _is_known(one):\n",
        new="        if id(one) not in seen:\n",
        layer=(_RENEWAL,),
    ),
)
