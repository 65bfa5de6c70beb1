"""UpdateStreamMode and UpdateStreamRecordDistributionStrategy.

Each is here twice: as an operation, and as what `LocalKinesis` offers to a program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.testing.messages import ServiceError
from kinesis_producer.testing.stream import BY_KEY, Status

if TYPE_CHECKING:
    from kinesis_producer.testing.account import Account
    from kinesis_producer.testing.operations.call import Call, Result


def update_stream_mode(call: Call) -> Result:
    """UpdateStreamMode: the new mode holds when UPDATING ends. Warm throughput is passed over."""
    parameters = call.parameters
    name = call.account.addressed(parameters)
    change_mode(call.account, name=name, mode=parameters["StreamModeDetails"]["StreamMode"])
    return None


def update_stream_record_distribution_strategy(call: Call) -> Result:
    """UpdateStreamRecordDistributionStrategy: it takes effect at once (API reference)."""
    parameters = call.parameters
    name = call.account.addressed(parameters)
    distribute(call.account, name=name, strategy=parameters["RecordDistributionStrategy"])
    return None


def change_mode(account: Account, *, name: str, mode: str, delay: float | None = None) -> None:
    """Change the capacity mode; the shards stay as they are. ``delay`` as in `Account.begin`."""
    with account.stream(name) as stream:
        stream.require(Status.ACTIVE)
        account.begin(stream, Status.UPDATING, lambda _: stream.change_mode(mode), delay=delay)


def distribute(account: Account, *, name: str, strategy: str) -> None:
    """Change the strategy by which records are spread over the shards."""
    with account.stream(name) as stream:
        stream.require(Status.ACTIVE)
        check_strategy(name, mode=stream.mode, strategy=strategy)
        stream.strategy = strategy


def check_strategy(name: str, *, mode: str, strategy: str) -> None:
    """Refuse AUTO for a stream of mode PROVISIONED (API reference)."""
    if mode == "PROVISIONED" and strategy != BY_KEY:
        raise ServiceError(
            "InvalidArgumentException",
            f"Stream {name} is of mode PROVISIONED: it has no RecordDistributionStrategy.",
        )
