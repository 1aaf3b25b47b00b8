"""AWS signatures (version 4) for requests to a domain of Amazon OpenSearch Service."""

from collections.abc import Callable, Mapping
from typing import Any

from cutover.core.reindex.models import ReindexStopped

SERVICE = "es"
_WAY_ON = "log in again (aws sso login, or new keys in the environment); the same command goes on"


class Signer:
    """Signs with the keys that `credentials` gives (botocore's, or None), asked anew each time: they may be renewed."""

    def __init__(self, credentials: Callable[[], Any], *, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        """The headers with the signature among them. Raises ReindexStopped: there are no keys to sign with."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest(method, url, headers=dict(headers), data=body)
        SigV4Auth(self._keys(), SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())

    def _keys(self) -> Any:
        from botocore.exceptions import BotoCoreError

        try:
            held = self._credentials()
            if held is not None:
                return held.get_frozen_credentials()
        except BotoCoreError as error:
            raise ReindexStopped(f"the AWS credentials to sign with can't be had: {error}", _WAY_ON) from error
        raise ReindexStopped("there are no AWS credentials to sign requests with", _WAY_ON)
