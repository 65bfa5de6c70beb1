"""For all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# a busy machine makes an example slow, and nothing here is meant to be timed
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# what a shell starts in the background ignores Ctrl-C, and so would all programs that tests start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
