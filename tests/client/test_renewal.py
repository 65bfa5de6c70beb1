"""Locks of credentials in the child of a fork, found without knowing botocore's names for them."""

from __future__ import annotations

import datetime as dt
import threading

import botocore.credentials
import botocore.tokens
import pytest

from kinesis_producer.client.renewal import unlock


def fresh(expires=3600):
    time = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=expires)
    keys = {"access_key": "a", "secret_key": "s", "token": "t"}
    return {**keys, "expiry_time": time.isoformat()}


def refreshable(refresh=fresh):
    """Credentials that have to be renewed at once."""
    kind = botocore.credentials.RefreshableCredentials
    return kind.create_from_metadata(fresh(60), refresh, "test")


def lock_of(one):
    (lock,) = [part for part in vars(one).values() if hasattr(part, "acquire")]
    return lock


def held(one):
    """Its lock, which somebody holds who will never let go."""
    lock_of(one).acquire()
    return lock_of(one)


def is_free(one):
    return lock_of(one).acquire(blocking=False)


def test_credentials_that_were_being_renewed_can_be_renewed():
    """Whoever holds the lock is gone."""
    credentials = refreshable()
    held(credentials)
    unlock(credentials)
    assert credentials.get_frozen_credentials().access_key == "a"


def test_what_credentials_are_renewed_with_can_be_renewed_too():
    """A role is assumed with others; a token is renewed by a provider of botocore's."""
    source = refreshable()
    fetcher = botocore.credentials.AssumeRoleCredentialFetcher(
        lambda *_, **__: pytest.fail("nothing is asked"), source, "arn:aws:iam::1234:role/r"
    )
    token = botocore.tokens.DeferredRefreshableToken("test", fresh)
    vars(fetcher)["token"] = token
    kind = botocore.credentials.DeferredRefreshableCredentials
    credentials = kind(fetcher.fetch_credentials, "assume-role")
    for one in (source, credentials, token):
        held(one)
    unlock(credentials)
    assert all(map(is_free, (source, credentials, token)))


class Own:
    """Renews credentials for the program that has it."""

    def __init__(self):
        self.lock = threading.Lock()

    def refresh(self):
        return fresh()


def test_what_is_not_botocores_is_left_alone():
    """A program knows its own locks."""
    own = Own()
    lock = held(own)
    unlock(refreshable(own.refresh))
    assert own.lock is lock


class Closed(botocore.credentials.Credentials):
    """Allows no change of its lock."""

    def __setattr__(self, name, value):
        if name == "lock":
            raise AttributeError(name)
        super().__setattr__(name, value)


@pytest.mark.parametrize("other", [None, object(), 1, botocore.credentials.Credentials("a", "s")])
def test_where_there_is_no_lock_there_is_nothing_to_do(other):
    """Of other versions, too."""
    unlock(other)


def test_what_cannot_be_changed_is_left_as_it_is():
    """Rather than that a fork fails."""
    closed = Closed("a", "s")
    lock = threading.RLock()
    vars(closed).update(lock=lock, itself=closed)
    unlock(closed)
    assert vars(closed)["lock"] is lock
