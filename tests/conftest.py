"""For all tests."""

from __future__ import annotations

from hypothesis import settings

# a busy machine makes an example slow, and nothing here is meant to be timed
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
