"""What lies in moto's S3, looked at from outside."""

import re
import urllib.request
from dataclasses import dataclass

import pytest

_KEY = re.compile(r"<Key>(.*?)</Key>")
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of moto's buckets."""

    url: str

    def keys(self, bucket: str) -> list[str]:
        """The keys in a bucket."""
        return _KEY.findall(self._call("GET", f"{bucket}?list-type=2").decode())

    def read(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""
        return self._call("GET", f"{bucket}/{key}")

    def remove(self, bucket: str, key: str) -> None:
        """Take an object away."""
        self._call("DELETE", f"{bucket}/{key}")

    def _call(self, method: str, path: str) -> bytes:
        # Moto does not check signatures, but shows an object only to those who claim to have one.
        headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/s3/aws4_request"}
        request = urllib.request.Request(f"{self.url}/{path}", method=method, headers=headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - likewise
            body: bytes = answer.read()
        return body


@pytest.fixture
def s3(moto: str) -> Objects:
    """The objects in moto."""
    return Objects(moto)
