"""What an error of boto3 means: try again, not allowed, or something that only the caller can know."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cutover.ports import NotAllowed
from cutover.settings import BadSettings

AGAIN_CODES = frozenset(
    {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "PriorRequestNotComplete", "RequestTimeout", "RequestTimeoutException",
    }
)  # fmt: skip
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
DENIED_CODES = frozenset(
    {
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "InvalidClientTokenId", "OptInRequired",
        "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException",
        "MissingAuthenticationToken",
    }
)  # fmt: skip


class Again(Exception):
    """It may work the next time. `maybe_done`: the request may have been carried out although no answer came."""

    def __init__(self, text: str, *, maybe_done: bool) -> None:
        super().__init__(text)
        self.maybe_done = maybe_done


class Rejected(Exception):
    """AWS understood the request and said no, for a reason of the service's own."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def translated(call: str, profile: str) -> Iterator[None]:
    """Turn what boto3 raises inside into Again, Rejected, NotAllowed or BadSettings; `call` as "service:Action"."""
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        yield
    except exceptions.ClientError as error:
        raise _of_answer(call, profile, error.response) from error
    except (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError) as error:
        raise Again(f"{call}: {error}", maybe_done=False) from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError, ResponseParserError) as error:
        raise Again(f"{call}: the answer did not come: {error}", maybe_done=True) from error
    except exceptions.BotoCoreError as error:
        raise NotAllowed(f"{call}: {error}; {_sign_in(profile)}") from error


def _of_answer(call: str, profile: str, answer: Any) -> Exception:
    code, message = str(answer["Error"].get("Code", "")), str(answer["Error"].get("Message", ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"{call}: {code}: {message}" if message else f"{call}: {code}"
    if code in EXPIRED_CODES:
        return NotAllowed(f"{call}: the credentials have expired; {_sign_in(profile)}")
    if code in DENIED_CODES or status in {401, 403}:
        return NotAllowed(f"{said}; let this identity call {call}, or use another: {_sign_in(profile)}")
    if code in AGAIN_CODES or status == 429:
        return Again(said, maybe_done=False)
    if status >= 500:
        return Again(said, maybe_done=True)
    if code == "NoSuchHostedZone":
        return BadSettings(f"hosted_zone_id: {message or 'there is no such zone in this account'}")
    return Rejected(code, said)


def _sign_in(profile: str) -> str:
    return f"aws sso login --profile {profile}" if profile else "aws sso login (with --profile), or new keys"
