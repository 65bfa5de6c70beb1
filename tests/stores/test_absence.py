"""A store that cannot be reached."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

import pytest

from kinesis_producer.errors import StoreUnavailable
from tests.stores.kinds import LASTING, SECRET
from tests.stores.rows import STREAM

if TYPE_CHECKING:
    from kinesis_producer.stores import Store
    from tests.stores.kinds import Kind

#: Seconds: far more than any store waits by default, since the machine may be busy.
BOUND = 20.0


def unavailable(store: Store) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as raised:
        store.table("application", STREAM).leases()
    return raised.value


@pytest.mark.parametrize("kind", LASTING, indirect=True)
def test_a_store_that_is_not_there_is_said_to_be_unavailable(kind: Kind) -> None:
    """A store that cannot be reached says so with `StoreUnavailable`, before long."""
    assert kind.absent is not None
    with kind.absent() as store:
        begun = time.monotonic()
        unavailable(store)
        assert time.monotonic() - begun < BOUND


@pytest.mark.parametrize("kind", LASTING, indirect=True)
def test_no_error_says_a_password(kind: Kind) -> None:
    """The password of an address is in no error, nor in what caused it, nor in the store's name."""
    assert kind.absent is not None
    with kind.absent() as store:
        told = "".join(traceback.format_exception(unavailable(store)))
        assert SECRET not in told + repr(store) + str(store)


@pytest.mark.parametrize("kind", LASTING, indirect=True)
def test_it_can_be_closed_all_the_same(kind: Kind) -> None:
    """A store that was never reached is closed without an error, and closed again."""
    assert kind.absent is not None
    with kind.absent() as store:
        unavailable(store)
        store.close()
        store.close()


@pytest.mark.parametrize("kind", ["sqlite", "sql-sqlite", "postgres"], indirect=True)
def test_a_closed_store_is_unavailable(kind: Kind) -> None:
    """Who still has a table of a closed store is refused, and opens nothing."""
    store = kind.opened()
    table = store.table("application", STREAM)
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        table.leases()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.table("application", STREAM)
