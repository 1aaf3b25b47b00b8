"""Real parts lists, given to both sides through the API: each side has to count the same."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HTTP_TIMEOUT_SECONDS = 31.0
PARSE_TIMEOUT_SECONDS = 30.0
TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".xml": "application/xml",
}
SUFFIXES = tuple(TYPES)


@dataclass(frozen=True, slots=True)
class Counted:
    """What both sides made of one file: pieces, or why there are none."""

    file: str
    ecs: str
    serverless: str

    @property
    def equal(self) -> bool:
        """Whether a client could not tell the sides apart."""
        return self.ecs == self.serverless


def files_in(folder: Path) -> Sequence[Path]:
    """The files that can be parts lists."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def count_on_both(files: Sequence[Path], ecs_url: str, lambda_url: str, token: str) -> Sequence[Counted]:
    """Upload every file to a new MOC on each side, and wait until it is parsed."""
    uploads = [(path, [Client(url, token).upload(path) for url in (ecs_url, lambda_url)]) for path in files]
    return [Counted(path.name, *(upload.outcome() for upload in both)) for path, both in uploads]


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload under way: `refused` says why it is not."""

    client: "Client"
    moc_id: str
    refused: str = ""

    def outcome(self) -> str:
        """How it ended: `1559 pieces (parsed)`, or the failure."""
        if self.refused:
            return self.refused
        deadline = time.monotonic() + PARSE_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            status, answer = self.client.ask("GET", f"/api/mocs/{self.moc_id}")
            if status != 200:
                return _refusal(status, answer)
            moc = answer["data"]
            parsed = moc["partsLists"][0]["status"]
            if parsed != "pending":
                return f"{moc.get('totalPieceCount', 0)} pieces ({parsed})"
            time.sleep(0.1)
        return "still pending"


@dataclass(frozen=True, slots=True)
class Client:
    """One side, asked directly."""

    url: str
    token: str

    def upload(self, path: Path) -> Upload:
        """Make a MOC and give it the file."""
        wanted = {"title": f"parts list {uuid.uuid4()}", "type": "moc", "author": "Ada"}
        status, answer = self.ask("POST", "/api/mocs", json.dumps(wanted).encode())
        if status != 201:
            return Upload(self, "", _refusal(status, answer))
        moc_id = answer["data"]["id"]
        boundary = uuid.uuid4().hex
        name = path.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers write it
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="partsListFile"; filename="{name}"\r\n'
            f"Content-Type: {TYPES[path.suffix.lower()]}\r\n\r\n"
        )
        body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        status, answer = self.ask(
            "POST", f"/api/mocs/{moc_id}/upload-parts-list", body, f"multipart/form-data; boundary={boundary}"
        )
        return Upload(self, moc_id, "" if status == 202 else _refusal(status, answer))

    def ask(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> tuple[int, Mapping[str, Any]]:
        """One request: (status, decoded body), failures included; a body that is no JSON object is empty."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        request = urllib.request.Request(  # noqa: S310 - our own stack on loopback
            self.url + path, data=body, method=method, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=HTTP_TIMEOUT_SECONDS) as answer:  # noqa: S310
                return answer.status, _object(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _object(error.read())


def _refusal(status: int, answer: Mapping[str, Any]) -> str:
    """Why there is no count: what our failures name, else what the platform says."""
    return f"{status} {answer.get('code') or answer.get('message') or 'without a reason'}"


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
