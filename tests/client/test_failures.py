"""What botocore raises, read as failures: the right code, and no secret or payload in the words."""

from __future__ import annotations

import http.client
import ssl

import botocore.exceptions as boto
import pytest

from kinesis_producer.client.failures import failure_of

URL = "https://kinesis.us-east-1.amazonaws.com"


def refusal(code, message, status=400):
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return boto.ClientError(answer, "PutRecords")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (boto.EndpointConnectionError(endpoint_url=URL), "Unreachable"),
        (boto.ConnectTimeoutError(endpoint_url=URL), "Unreachable"),
        (boto.ReadTimeoutError(endpoint_url=URL), "NoAnswer"),
        (boto.ConnectionClosedError(endpoint_url=URL), "NoAnswer"),
        (boto.NoCredentialsError(), "NoCredentials"),
        (boto.RefreshWithMFAUnsupportedError(), "CredentialsUnavailable"),
        (boto.UnauthorizedSSOTokenError(), "CredentialsUnavailable"),
        (boto.ProfileNotFound(profile="nobody"), "Misconfigured"),
        (ConnectionResetError(), "NoAnswer"),
    ],
)
def test_only_what_was_surely_not_sent_is_unreachable(error, code):
    """Whatever may have left the machine is without an answer."""
    assert failure_of(error).code == code


def test_an_answer_that_cannot_be_read_is_not_repeated():
    """Its first line may be anything."""
    error = boto.HTTPClientError(error=http.client.UnknownProtocol("canary"))
    failure = failure_of(error)
    assert (failure.code, failure.message) == ("NoAnswer", "HTTPClientError: UnknownProtocol")


def test_a_certificate_that_is_refused_is_no_network_error():
    """Trying again would not help; any other trouble with TLS may pass."""
    refused = ssl.SSLCertVerificationError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")
    assert failure_of(boto.SSLError(endpoint_url=URL, error=refused)).code == "CertificateRefused"
    broken = ssl.SSLEOFError("[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred")
    assert failure_of(boto.SSLError(endpoint_url=URL, error=broken)).code == "NoAnswer"


def test_values_that_the_service_quotes_are_left_out():
    """They are payload and keys; what stands around them says enough."""
    said = "1 validation error detected: Value 'canary' at 'records.1.member' failed"
    failure = failure_of(refusal("ValidationException", said))
    assert failure.message == "1 validation error detected: Value at 'records.1.member' failed"
    assert failure.status == 400


@pytest.mark.parametrize("error", [refusal(None, None), boto.ClientError({}, "PutRecords")])
def test_an_answer_without_a_code_is_unknown(error):
    """Its status, if there is one, says what may be said."""
    assert failure_of(error).code == "Unknown"


def test_values_that_botocore_quotes_are_left_out():
    """Its report of a request that it refuses to build holds them all."""
    failure = failure_of(boto.ParamValidationError(report="Invalid type, value: canary"))
    assert (failure.code, failure.message) == ("InvalidRequest", "the request is not valid")


@pytest.mark.parametrize("code", ["InvalidSignatureException", "SignatureDoesNotMatch"])
def test_headers_that_the_service_quotes_are_left_out(code):
    """With a wrong signature it gives back the canonical request, session token and all."""
    said = "The signature does not match. The Canonical String should have been\n'POST\ncanary'"
    failure = failure_of(refusal(code, said))
    assert failure.code == code
    assert failure.message.startswith("the service did not accept the signature")


@pytest.mark.parametrize("password", ["canary", "c@canary"])
def test_a_password_in_an_address_is_masked(password):
    """That of a proxy, for instance."""
    error = boto.ProxyConnectionError(proxy_url=f"http://user:{password}@proxy.example:3128")
    failure = failure_of(error)
    assert failure.code == "Unreachable"
    assert "canary" not in failure.message
    assert "//***@proxy.example:3128" in failure.message


def test_what_a_program_for_credentials_prints_is_left_out():
    """Nobody knows what it may say."""
    error = boto.CredentialRetrievalError(provider="custom-process", error_msg="canary")
    failure = failure_of(error)
    assert failure.code == "CredentialsUnavailable"
    assert failure.message == "the credential_process of the profile failed; run it to see why"


def test_what_a_container_answers_instead_of_credentials_is_left_out():
    """It may be most of them."""
    said = "Received non 200 response 500 from container metadata: canary"
    failure = failure_of(boto.CredentialRetrievalError(provider="container-role", error_msg=said))
    assert failure.message.endswith("Received non 200 response 500 from container metadata")


def test_why_other_sources_have_no_credentials_is_told():
    """As botocore tells it."""
    error = boto.CredentialRetrievalError(provider="iam-role", error_msg="no answer")
    assert failure_of(error).message.endswith("credentials from iam-role: no answer")
