"""Calls of DynamoDB on one table, each of them made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.client.failures import READABLE, failure_of
from kinesis_producer.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kinesis_producer.records import Failure
    from kinesis_producer.stores.dynamodb.rows import Item

    Answer = Mapping[str, Any]

_UNMET: Final = "ConditionalCheckFailedException"

#: boto3 returns what it could not read as an answer with nothing in it, and so it does the answer
#: of a write that was done. One that says what it has cost was read.
_COST: Final = "ConsumedCapacity"


class CallRefused(StoreUnavailable):
    """A call did not do what it was to do.

    Attributes:
        failure: what happened.
    """

    def __init__(self, message: str, failure: Failure) -> None:
        super().__init__(message)
        self.failure = failure

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.failure)


class Calls:
    """Calls on one table; any thread. Each raises `CallRefused`, or `StoreUnavailable`.

    Args:
        client: a DynamoDB client of boto3.
        table: its name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self.table = table

    def call(self, operation: str, **arguments: object) -> Answer:
        """One call, by the name of the client's method. Blocks until there is an answer."""
        try:
            answer: Answer = getattr(self._client, operation)(TableName=self.table, **arguments)
        except READABLE as error:
            failure = failure_of(error)
            message = f"DynamoDB table {self.table}: {failure.code}: {failure.message}"
            raise CallRefused(message, failure) from error
        return answer

    def items(self) -> Iterator[Item]:
        """All rows, as they are now."""
        answer = self._charged("scan", ConsistentRead=True)
        yield from answer["Items"]
        while "LastEvaluatedKey" in answer:
            after = answer["LastEvaluatedKey"]
            answer = self._charged("scan", ConsistentRead=True, ExclusiveStartKey=after)
            yield from answer["Items"]

    def item(self, key: Item) -> Item | None:
        """One row, as it is now."""
        return self._charged("get_item", Key=key, ConsistentRead=True).get("Item")

    def write(self, operation: str, **arguments: object) -> bool:
        """A conditional write of one row; False: the condition was not met."""
        try:
            self._charged(operation, **arguments)
        except CallRefused as error:
            if error.failure.code != _UNMET:
                raise
            return False
        return True

    def _charged(self, operation: str, **arguments: object) -> Answer:
        answer = self.call(operation, ReturnConsumedCapacity="TOTAL", **arguments)
        if _COST not in answer:
            raise StoreUnavailable(f"DynamoDB table {self.table}: an answer that cannot be read")
        return answer
