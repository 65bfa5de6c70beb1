"""Data cut out of JSON: whose it is stays certain, however odd the JSON."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.reading import json_pages
from kinesis_producer.core.reading.answers import MalformedAnswer, read_page

#: What may confuse who looks for names.
TEXTS = st.text('Data":\\ {},é', max_size=12) | st.sampled_from(
    ['"Data":"', '{"Data":"x"}', "Data"]
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"SequenceNumber": st.just("1"), "Data": st.binary(max_size=9), "PartitionKey": TEXTS},
        optional={"Other": TEXTS, 'o"Data': TEXTS, "o": st.fixed_dictionaries({"Data": TEXTS})},
    )
)


def written(records, **style):
    told = [{**one, "Data": base64.b64encode(one["Data"]).decode()} for one in records]
    return json.dumps({"Records": told, "NextShardIterator": "n"}, **style).encode()


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " : ")])
@given(records=RECORDS)
def test_each_record_gets_its_own(separators, records):
    """Whatever else is in them; written with blanks or without."""
    page = read_page(written(records, separators=separators))
    assert [(one.data, one.partition_key) for one in page.records] == [
        (one["Data"], one["PartitionKey"]) for one in records
    ]


def test_data_is_not_read_as_text():
    """Where all is as the service writes it."""
    body = written([{"Data": b"x" * 1000}] * 3, separators=(",", ":"))
    assert [one["Data"] for one in json_pages.loads(body)["Records"]] == [b"x" * 1000] * 3


@pytest.mark.parametrize(
    ("records", "data"),
    [
        (r'{"Data":"\u0061Gk=","SequenceNumber":"1"}', [b"hi"]),
        (r'{"Data":"\/\/\/\/","SequenceNumber":"1"}', [b"\xff\xff\xff"]),
        (r'{"Dat\u0061":"aGk=","SequenceNumber":"1"}', [b"hi"]),
        (r'{"Dat\u0061":"aGk=","SequenceNumber":"1"},{"Data":"aG8=","SequenceNumber":"2"}', None),
        (r'{"Data":"YQ==","Data":"aGk=","SequenceNumber":"1"}', [b"hi"]),
        (r'{"SequenceNumber":"1","x":{"Data":"aGk="}},{"Data":"","SequenceNumber":"2"}', []),
        (r'{"Data":null,"SequenceNumber":"1"},{"Data":"aGk=","x":[{"Data":""}]}', []),
        (r'{"Data":"aGk=","SequenceNumber":"1"},7', []),
        (r'{"Data":"aGk', []),
    ],
)
def test_what_is_odd_is_read_as_any_json(records, data):
    """Or is malformed, as it would be there."""
    body = b'{"Records":[%b],"NextShardIterator":"n"}' % records.encode()
    if data == []:
        with pytest.raises(MalformedAnswer):
            read_page(body)
    else:
        wanted = data or [b"hi", b"ho"]
        assert [one.data for one in read_page(body).records] == wanted


def test_data_of_something_else_is_nobodys():
    """There are as many as records, and one is not a record's."""
    body = b'{"Data":"aGk=","Records":[{"SequenceNumber":"1"}],"NextShardIterator":"n"}'
    with pytest.raises(MalformedAnswer):
        read_page(body)
    body = b'{"Data":"aGk=","Records":[],"NextShardIterator":"n"}'
    assert read_page(body).records == []


@pytest.mark.parametrize(
    "records",
    [
        '{"SequenceNumber":"1","Data":"Zmlyc3Q=","Data":"c2Vjb25k"},{"Data" : ""}',
        '{"Of":{"Data":"Zmlyc3Q="},"D\\u0061ta":""},{"Data":"c2Vjb25k"}',
        '{"Data" : "","Of":{"Data":"Zmlyc3Q="}},{"Data":"c2Vjb25k"}',
    ],
)
def test_an_empty_one_that_is_spelt_otherwise_gets_no_others_data(records):
    """No service writes it; but nobody gets what is another record's."""
    body = f'{{"Records":[{records}]}}'
    read = [one["Data"] for one in json_pages.loads(body.encode())["Records"]]
    wanted = [one["Data"] for one in json.loads(body)["Records"]]
    assert read in (wanted, [base64.b64decode(data) for data in wanted])
