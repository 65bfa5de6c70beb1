"""The KCL in its 2.x mode and workers of this library share the shards of a stream."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import pytest

from tests.kcl import tenancies
from tests.kcl.scene import JAVA, Scene
from tests.kcl.together import PYTHON, Together, together

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.real_server, pytest.mark.kcl, pytest.mark.slow, pytest.mark.timeout(240)]

#: Seconds for which the balance is watched.
WATCHED: Final = 20.0


@pytest.fixture(autouse=True)
def _address(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker programs find the table."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", scene.dynamodb.meta.endpoint_url)


def test_each_takes_over_from_the_other(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    """Both have half of the shards, and keep them; one goes on where the other was killed."""
    with together(scene) as both:
        record_property("balanced_after", both.balanced())
        both.stays(WATCHED)
        both.python.members[0].process.kill()
        record_property("kcl_took_over_after", both.taken_over(JAVA))
        both.python.start(1)
        record_property("balanced_again_after", both.balanced())
        both.kcl.kill()
        record_property("python_took_over_after", both.taken_over(PYTHON))
        finish(both, record_property)


def test_both_follow_resharding(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    """A shard of each is split, two are merged of which each had one; nobody misses a record."""
    with together(scene) as both:
        record_property("balanced_after", both.balanced())
        reshard(both)
        record_property("followed_after", both.followed())
        finish(both, record_property)


def reshard(both: Together) -> None:
    """Merge a shard of the KCL with one of Python; split the two others, one of each."""
    owners = both.owners()
    pairs = itertools.pairwise(sorted(owners))
    pair = next((one, other) for one, other in pairs if owners[one] != owners[other])
    both.scene.merge(*pair)
    for shard in owners.keys() - set(pair):
        both.scene.split(shard)


def finish(both: Together, record_property: Callable[[str, object], None]) -> None:
    """Nothing was lost, nothing given again that was checkpointed, and each key's are in order."""
    total = both.flow.stop()
    both.caught_up()
    found = both.tenancies()
    given, kept = tenancies.times_given(found), tenancies.times_kept(found)
    record_property("records", total)
    record_property("doubled", given.total() - total)
    assert set(given) == set(range(total))
    assert set(kept.values()) == {1}
    assert tenancies.are_in_order(found)
