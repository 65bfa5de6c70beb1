"""What failed before a request was sent, and so wrote nothing: told by where it was raised."""

from __future__ import annotations

import http.client
import ssl
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, SSLError

from kinesis_producer.core.words import shortened
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

#: What reads the address of a proxy: functions of botocore's and urllib3's that anybody may call.
_PROXY: Final = {"proxy_from_url", "proxy_headers_for", "proxy_url_for"}
#: Where credentials are renewed, so that a request can be signed.
_RENEWAL: Final = "botocore.credentials"

_BAD_PROXY: Final = "the address of the proxy (HTTPS_PROXY, HTTP_PROXY) cannot be used"
_BAD_TRUST: Final = "the certificates to trust (verify, AWS_CA_BUNDLE, ca_bundle) cannot be read: "
_NO_RENEWAL: Final = "credentials could not be renewed: "


def unsent(error: BaseException) -> Failure | None:
    """The failure, where nothing can have been sent; ``None`` where something may have been.

    The words of an error do not tell: a wrong version number or an end of file comes in the
    handshake as well as after the request. But what was raised while a connection was being made
    comes before any request on it. Where no traceback shows that, nobody knows.
    """
    frames = [frame for cause in causes(error) for frame in _frames(cause)]
    names = {frame.f_code.co_name for frame in frames}
    if names & _PROXY:
        return Failure("Misconfigured", _BAD_PROXY)
    if any(map(_connects, frames)):
        return _unconnected(error, shaken="do_handshake" in names)
    if any(frame.f_globals.get("__name__") == _RENEWAL for frame in frames):
        return Failure("CredentialsUnavailable", shortened(_NO_RENEWAL + type(error).__name__))
    return None


def _unconnected(error: BaseException, *, shaken: bool) -> Failure:
    *_, first = causes(error)
    if isinstance(error, SSLError) and not shaken and _reads_files(first):
        return Failure("Misconfigured", shortened(f"{_BAD_TRUST}{first}"))
    known = isinstance(error, BotoCoreError)
    return Failure("Unreachable", shortened(str(error) if known else type(error).__name__))


def _reads_files(error: BaseException) -> bool:
    if isinstance(error, ssl.SSLError):
        return getattr(error, "library", None) == "X509"  # one of Python's own has no library
    return isinstance(error, OSError)


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those behind it, down to the first."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _frames(error: BaseException) -> Iterator[FrameType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _connects(frame: FrameType) -> bool:
    """Whether it makes a connection, TLS and all: http.client's and urllib3's do so in there."""
    maker = frame.f_locals.get("self")
    return frame.f_code.co_name == "connect" and isinstance(maker, http.client.HTTPConnection)
