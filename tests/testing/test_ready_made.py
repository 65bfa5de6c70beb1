"""Ready-made faults: what the client sees, and what was committed."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from kinesis_producer.testing import faults
from tests.testing.clients import answer_of, code_of, message_of, post, raw_connection, read_to_end
from tests.testing.test_faults import PUT, RAW_PUT, put

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis

THROTTLED = "ProvisionedThroughputExceededException"
AMBIGUOUS = [name for name in faults.PASSING if name.endswith("-committed")]


@pytest.fixture(autouse=True)
def _orders(kinesis: LocalKinesis) -> None:
    kinesis.create_stream("orders")


def data(kinesis: LocalKinesis) -> list[bytes]:
    return [record.data for record in kinesis.ledger("orders")]


def answer(kinesis: LocalKinesis, count: int = 3) -> tuple[int, Any]:
    """Status and JSON of one PutRecords, whatever is in it."""
    records = [{"Data": "YQ==", "PartitionKey": str(number)} for number in range(count)]
    body = json.dumps({"StreamName": "orders", "Records": records})
    status, _, result = post(kinesis, "PutRecords", body)
    return status, result


def test_throttled_entries_name_their_shard(kinesis: LocalKinesis, client: Any) -> None:
    """Every other entry is throttled in the service's words, the rest is committed."""
    kinesis.faults.script("PutRecords", faults.throttled_entries())
    result = put(client, 3)
    assert [entry.get("ErrorCode") for entry in result["Records"]] == [THROTTLED, None, THROTTLED]
    assert result["FailedRecordCount"] == 2
    assert "shard shardId-000000000000 in stream orders" in result["Records"][0]["ErrorMessage"]
    assert data(kinesis) == [b"1"]


def test_uncounted_entries_are_refused_all_the_same(kinesis: LocalKinesis, client: Any) -> None:
    """FailedRecordCount says 0 of an answer in which an entry was throttled."""
    kinesis.faults.script("PutRecords", faults.uncounted_entries([1]))
    result = put(client, 2)
    assert result["FailedRecordCount"] == 0
    assert result["Records"][1]["ErrorCode"] == THROTTLED
    assert data(kinesis) == [b"0"]


@pytest.mark.parametrize("committed", [False, True])
def test_an_internal_failure_says_nothing_of_the_commit(
    kinesis: LocalKinesis, client: Any, *, committed: bool
) -> None:
    """The entry says InternalFailure whether it was committed or not."""
    kinesis.faults.script("PutRecords", faults.internal_failures([1, 9], committed=committed))
    result = put(client, 2)
    assert result["FailedRecordCount"] == 1
    assert result["Records"][1] == {
        "ErrorCode": "InternalFailure",
        "ErrorMessage": "Internal Service Failure",
    }
    assert data(kinesis) == ([b"0", b"1"] if committed else [b"0"])


def test_a_put_record_can_fail_though_committed(kinesis: LocalKinesis, client: Any) -> None:
    """Entry 0 stands for a PutRecord: it is committed, and the answer is a refusal."""
    kinesis.faults.script(
        "PutRecord", *[faults.internal_failures([n], committed=True) for n in (0, 1)]
    )
    record = {"StreamName": "orders", "Data": b"x", "PartitionKey": "k"}
    assert code_of(client.put_record, **record) == "InternalFailure"
    assert code_of(client.put_record, **record) == "accepted"
    assert data(kinesis) == [b"x", b"x"]


def test_an_entry_committed_in_secret_has_the_given_words(
    kinesis: LocalKinesis, client: Any
) -> None:
    """Code and message are what was asked for; without words the code is repeated."""
    kinesis.faults.script(
        "PutRecords",
        faults.entries([0], "Some", "words", committed=True),
        faults.entries([0], "Some", committed=True),
    )
    entries = [put(client)["Records"][0] for _ in range(2)]
    assert [entry["ErrorMessage"] for entry in entries] == ["words", "Some"]
    assert len(data(kinesis)) == 2


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (faults.throttled(), THROTTLED, "Rate exceeded"),
        (faults.expired_credentials(), "ExpiredTokenException", "is expired"),
        (faults.invalid_credentials(), "UnrecognizedClientException", "is invalid"),
        (faults.invalid_signature(), "InvalidSignatureException", "does not match"),
        (faults.access_denied(), "AccessDeniedException", "perform: kinesis:PutRecords on"),
        (faults.no_such_stream(), "ResourceNotFoundException", "Stream orders under account"),
        *[(faults.kms_error(code), code, words) for code, words in faults.KMS_ERRORS.items()],
    ],
)
def test_a_refused_request_commits_nothing(
    kinesis: LocalKinesis, client: Any, fault: faults.Fault, code: str, words: str
) -> None:
    """The code is the service's, so are the words, and the ledger stays empty."""
    kinesis.faults.script("PutRecords", fault, fault)
    assert code_of(put, client=client) == code
    assert words in message_of(put, client=client)
    assert data(kinesis) == []


def test_an_unknown_error_of_kms_is_refused_at_once() -> None:
    """The message lists the codes there are."""
    with pytest.raises(ValueError, match=r"KMSDisabledException.* not 'KMSTypo'"):
        faults.kms_error("KMSTypo")


def test_one_invalid_entry_refuses_its_request(kinesis: LocalKinesis, client: Any) -> None:
    """Requests with a bad entry are refused as a whole, the others performed."""
    kinesis.faults.always("PutRecords", faults.invalid_entry(lambda entry: entry["Data"] == "MQ=="))
    assert code_of(put, client=client, count=2) == "ValidationException"
    assert "'records.2.member.partitionKey'" in message_of(put, client=client, count=2)
    assert code_of(put, client=client, count=1) == "accepted"
    assert data(kinesis) == [b"0"]


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("difference", [-5, -1, 1, 2])
def test_an_answer_of_the_wrong_length(
    kinesis: LocalKinesis, difference: int, *, committed: bool
) -> None:
    """It has so many entries more or fewer, each of which looks like a success."""
    kinesis.faults.script("PutRecords", faults.wrong_length(difference, committed=committed))
    status, result = answer(kinesis, 3)
    assert (status, len(result["Records"])) == (200, max(0, 3 + difference))
    assert all(len(entry["SequenceNumber"]) == 56 for entry in result["Records"])
    assert len(data(kinesis)) == (3 if committed else 0)


@pytest.mark.parametrize("committed", [False, True])
def test_an_entry_without_a_sequence_number(kinesis: LocalKinesis, *, committed: bool) -> None:
    """It has neither an error nor a sequence number, and FailedRecordCount does not count it."""
    kinesis.faults.script("PutRecords", faults.no_sequence_numbers([1], committed=committed))
    _, result = answer(kinesis, 3)
    assert result["FailedRecordCount"] == 0
    assert [sorted(entry) for entry in result["Records"]] == [
        ["SequenceNumber", "ShardId"],
        ["ShardId"],
        ["SequenceNumber", "ShardId"],
    ]
    assert len(data(kinesis)) == (3 if committed else 2)


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("build", [faults.html_page, faults.empty_body, faults.half_body])
def test_a_body_that_is_no_answer(
    kinesis: LocalKinesis, client: Any, build: Any, *, committed: bool
) -> None:
    """boto3 reads it as a success that says nothing of the records."""
    fault = build(committed=committed)
    kinesis.faults.script("PutRecords", fault)
    assert not put(client, 2).get("Records")
    assert len(data(kinesis)) == (2 if committed else 0)
    assert code_of(put, client=client) == "accepted"


@pytest.mark.parametrize("committed", [False, True])
def test_an_answer_that_is_cut_short(kinesis: LocalKinesis, *, committed: bool) -> None:
    """Half of what the header announces comes, and the connection closes."""
    kinesis.faults.script("PutRecords", faults.cut_short(committed=committed))
    with raw_connection(kinesis) as sock:
        sock.sendall(RAW_PUT)
        head, _, body = read_to_end(sock).partition(b"\r\n\r\n")
    announced = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    assert len(body) == announced // 2
    assert len(data(kinesis)) == committed


@pytest.mark.parametrize("committed", [False, True])
def test_an_answer_that_drips(kinesis: LocalKinesis, *, committed: bool) -> None:
    """It comes byte by byte and is whole in the end: an answer, or an InternalFailure."""
    kinesis.faults.script("PutRecords", faults.drip(pause=1e-6, committed=committed))
    status, _, result = post(kinesis, "PutRecords", PUT)
    assert (status, "Records" in result) == ((200, True) if committed else (500, False))
    assert len(data(kinesis)) == committed


def test_a_dripping_answer_ends_with_the_server(kinesis: LocalKinesis) -> None:
    """After the first byte the rest takes minutes; stop releases it."""
    kinesis.faults.script("PutRecords", faults.drip(pause=600.0, committed=True))
    with raw_connection(kinesis) as sock:
        sock.sendall(RAW_PUT)
        assert sock.recv(100) == b"H"
        kinesis.stop()
        with contextlib.suppress(ConnectionResetError):  # or closed, if the stop was faster
            assert read_to_end(sock) == b""
    assert len(data(kinesis)) == 1


def test_a_connection_that_is_closed_when_idle(kinesis: LocalKinesis) -> None:
    """The answer does not announce it, and the connection ends without a reset."""
    kinesis.faults.script("PutRecords", faults.closed_when_idle())
    with raw_connection(kinesis) as sock:
        sock.sendall(RAW_PUT)
        head = answer_of(sock)
        assert read_to_end(sock) == b""
    assert b" 200 " in head
    assert b"Connection: close" not in head
    assert len(data(kinesis)) == 1


def test_a_server_error_has_its_name() -> None:
    """The page of a proxy says what the status means."""
    for status, words in {500: b"Internal Server Error", 504: b"Timeout", 529: b"Unknown"}.items():
        response = faults.server_error(status=status)(None, None)  # type: ignore[arg-type]
        assert words in response.body


@pytest.mark.parametrize(
    "fault",
    [
        faults.wrong_length(1, committed=False),
        faults.wrong_length(-1, committed=True),
        faults.no_sequence_numbers([0], committed=False),
        faults.internal_failures([0], committed=True),
        faults.uncounted_entries([0]),
    ],
)
def test_an_answer_about_a_missing_stream_is_not_forged(
    kinesis: LocalKinesis, fault: faults.Fault
) -> None:
    """What the service refuses is refused, even where the fault would make up a success."""
    kinesis.faults.script("PutRecords", fault)
    status, _, result = post(kinesis, "PutRecords", PUT.replace("orders", "nowhere"))
    assert (status, result["__type"]) == (400, "ResourceNotFoundException")


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_both_variants_leave_the_client_in_the_same_doubt(
    kinesis: LocalKinesis, client: Any, name: str
) -> None:
    """They differ in the commit: the one has performed the operation, the other has not."""
    variants = (faults.PASSING[name], faults.PASSING[name.removesuffix("-committed")])
    committed = []
    for fault in variants:
        kinesis.faults.script("PutRecords", fault)
        before = len(data(kinesis))
        with contextlib.suppress(ClientError, HTTPClientError):
            put(client)
        committed.append(len(data(kinesis)) - before)
    assert committed == [1, 0]


def test_a_mixture_is_repeatable(kinesis: LocalKinesis, client: Any) -> None:
    """The same seed deals the same faults, in the order of the requests."""
    classes = {"one": faults.error("One"), "two": faults.error("Two")}

    def codes(seed: int) -> list[str]:
        kinesis.faults.always("PutRecords", faults.mixed(seed, rate=0.5, classes=classes))
        return [code_of(put, client=client) for _ in range(20)]

    first = codes(7)
    assert set(first) == {"One", "Two", "accepted"}
    assert codes(7) == first
    assert codes(8) != first


def test_a_mixture_counts_what_it_dealt(kinesis: LocalKinesis, client: Any) -> None:
    """By the name of the class, and all requests; what it returns is one's own."""
    classes = {"one": faults.error("One"), "two": faults.error("Two")}
    mixture = faults.mixed(7, rate=0.5, classes=classes)
    kinesis.faults.always("PutRecords", mixture)
    codes = [code_of(put, client=client) for _ in range(20)]
    assert mixture.dealt == {"one": codes.count("One"), "two": codes.count("Two")}
    mixture.dealt.clear()
    assert mixture.dealt.total() == 20 - codes.count("accepted")
    assert mixture.requests == 20


def test_another_rate_deals_the_same_faults_to_others() -> None:
    """A request that is hit at both rates is hit by the same class."""
    classes = {str(n): _fault_named(str(n)) for n in range(5)}
    often, seldom = (faults.mixed(3, rate=rate, classes=classes) for rate in (1.0, 0.3))
    pairs = [(_met(often), _met(seldom)) for _ in range(100)]
    assert all(rare in {"none", common} for common, rare in pairs)
    assert 0 < seldom.dealt.total() < often.dealt.total() == 100


def test_a_mixture_counts_on_many_threads() -> None:
    """No request is lost, whoever else asks."""
    mixture = faults.mixed(1, rate=0.5, classes={"only": _fault_named("only")})
    threads = [
        threading.Thread(target=lambda: [_met(mixture) for _ in range(500)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    alone = faults.mixed(1, rate=0.5, classes={"only": _fault_named("only")})
    for _ in range(4000):
        _met(alone)
    assert (mixture.requests, mixture.dealt) == (4000, alone.dealt)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rate": 1.1}, "rate must be"),
        ({"rate": -0.1}, "rate must be"),
        ({"classes": {}}, "at least one"),
    ],
)
def test_a_mixture_of_nothing_is_refused(given: Any, words: str) -> None:
    """The message says which argument it is."""
    with pytest.raises(ValueError, match=words):
        faults.mixed(1, **given)


def test_entries_are_chosen_by_seed(kinesis: LocalKinesis, client: Any) -> None:
    """The same seed refuses the same entries, about the share that was asked for."""

    def refused(seed: int) -> list[bool]:
        which = faults.some(seed, share=0.2)
        kinesis.faults.script("PutRecords", faults.throttled_entries(which))
        return ["ErrorCode" in entry for entry in put(client, 200)["Records"]]

    first = refused(7)
    assert 20 <= sum(first) <= 60
    assert refused(7) == first
    assert refused(8) != first


def _fault_named(name: str) -> faults.Fault:
    return faults.error(name)


def _met(mixture: faults.Mixture) -> str:
    """The class that a request meets; "none" if it is let through."""
    response = mixture(None, lambda **_: faults.Response(error="none"))  # type: ignore[arg-type]
    return str(response.error)
