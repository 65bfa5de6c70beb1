"""RegisterStreamConsumer, DescribeStreamConsumer, ListStreamConsumers, DeregisterStreamConsumer.

Registering is here twice: as an operation, and as what `LocalKinesis` offers to a program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kinesis_producer.testing.messages import ServiceError
from kinesis_producer.testing.operations.shards import TOKEN_LIFE
from kinesis_producer.testing.stream import IN_SERVICE, Stream

if TYPE_CHECKING:
    from kinesis_producer.testing.account import Account
    from kinesis_producer.testing.consumers import Consumer
    from kinesis_producer.testing.operations.call import Call, Result

#: Consumers on a page, unless fewer are asked for (API reference, ListStreamConsumers).
MAX_CONSUMERS: Final = 100

_ARN: Final = re.compile(r"(.+:stream/[^/]+)/consumer/([^:]+):([0-9]{1,18})", re.ASCII)


class Address(NamedTuple):
    """The consumer that a request means; by its ARN it is one creation of it alone."""

    stream_name: str
    name: str
    created: int | None

    def find(self, stream: Stream) -> Consumer:
        """The consumer, among those of its stream."""
        return stream.consumers.find(self.name, created=self.created)


def register_stream_consumer(call: Call) -> Result:
    """RegisterStreamConsumer. Tags are passed over."""
    parameters = call.parameters
    name = call.account.addressed(parameters)
    return {"Consumer": register(call.account, stream=name, name=parameters["ConsumerName"])}


def describe_stream_consumer(call: Call) -> Result:
    """DescribeStreamConsumer."""
    address = addressed(call)
    with call.account.stream(address.stream_name) as stream:
        described = _written(address.find(stream))
        described["StreamARN"] = stream.arn
    return {"ConsumerDescription": described}


def deregister_stream_consumer(call: Call) -> Result:
    """DeregisterStreamConsumer: its subscriptions end at once."""
    account = call.account
    address = addressed(call)
    with account.stream(address.stream_name) as stream:
        stream.consumers.deregister(
            address.find(stream), now=account.now(), delay=account.settings.state_delay
        )
    return None


def list_stream_consumers(call: Call) -> Result:
    """ListStreamConsumers, in the order of names."""
    limit = min(call.parameters.get("MaxResults", MAX_CONSUMERS), MAX_CONSUMERS)
    with call.stream() as stream:
        _require_in_service(stream)
        after = _after(call, stream)
        found = [consumer for consumer in stream.consumers if consumer.name > after]
        result: dict[str, object] = {"Consumers": [_written(one) for one in found[:limit]]}
        if len(found) > limit:
            result["NextToken"] = _token(call, stream, found[limit - 1])
    return result


def register(
    account: Account, *, stream: str, name: str, delay: float | None = None
) -> dict[str, object]:
    """Add a consumer, and write it as the service does. ``delay`` as in `Account.begin`."""
    seconds = account.settings.state_delay if delay is None else delay
    with account.stream(stream) as found:
        _require_in_service(found)
        account.check_creating_consumers()
        return _written(found.consumers.register(name, now=account.now(), delay=seconds))


def addressed(call: Call) -> Address:
    """The consumer that is meant, by ConsumerARN, by StreamARN and ConsumerName, or by all."""
    arn: str | None = call.parameters.get("ConsumerARN")
    stream_arn: str | None = call.parameters.get("StreamARN")
    name: str | None = call.parameters.get("ConsumerName")
    if arn is not None:
        return _named_by(call.account, arn, stream_arn=stream_arn, name=name)
    if stream_arn is None or name is None:
        raise _invalid("Either ConsumerARN or both StreamARN and ConsumerName must be provided.")
    return Address(call.account.addressed({"StreamARN": stream_arn}), name, None)


def _named_by(account: Account, arn: str, *, stream_arn: str | None, name: str | None) -> Address:
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise ServiceError("ResourceNotFoundException", f"Consumer {arn} not found.")
    if stream_arn not in {None, parts[1]} or name not in {None, parts[2]}:
        raise _invalid(f"ConsumerARN {arn} disagrees with StreamARN or ConsumerName.")
    return Address(account.addressed({"StreamARN": parts[1]}), parts[2], int(parts[3]))


def _require_in_service(stream: Stream) -> None:
    if stream.status not in IN_SERVICE:
        raise ServiceError(
            "ResourceInUseException",
            f"Stream {stream.name} under account {stream.owner} is neither ACTIVE nor UPDATING, "
            f"instead in state {stream.status.value}",
        )


def _after(call: Call, stream: Stream) -> str:
    """The name behind which a page begins."""
    parameters = call.parameters
    moment, token = parameters.get("StreamCreationTimestamp"), parameters.get("NextToken")
    if token is None:
        # Clients write whole seconds, so that is what a creation is compared by.
        if moment is not None and int(moment) != stream.created // 1000:
            raise call.account.not_found(stream.name)
        return ""
    if moment is not None:
        raise _invalid("NextToken and StreamCreationTimestamp cannot be provided together.")
    try:
        fields: list[Any] = call.account.seal.open("consumers", token)
    except ValueError:
        raise _invalid("The NextToken is not valid.") from None
    issued, created, name = fields
    if created != stream.created:
        raise _invalid("The NextToken is not valid for this stream.")
    if call.account.now().monotonic - issued > TOKEN_LIFE:
        raise ServiceError("ExpiredNextTokenException", f"It is good for {TOKEN_LIFE} seconds.")
    return str(name)


def _token(call: Call, stream: Stream, last: Consumer) -> str:
    issued = call.account.now().monotonic
    return call.account.seal.close("consumers", issued, stream.created, last.name)


def _written(consumer: Consumer) -> dict[str, object]:
    """A consumer as the service writes it (service model, Consumer)."""
    return {
        "ConsumerName": consumer.name,
        "ConsumerARN": consumer.arn,
        "ConsumerStatus": consumer.status.value,
        "ConsumerCreationTimestamp": consumer.created,
    }


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidArgumentException", message)
