"""Forms with files, as browsers send them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOUNDARY = "----LoadTestFormBoundary7MA4YWxkTrZu0gW"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a form."""

    field: str
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it goes over the wire."""

    body: bytes
    headers: Mapping[str, str]


def form(fields: Mapping[str, str], files: Sequence[Upload]) -> Sent:
    """The texts, then the files: S3 wants the file last."""
    parts = [_part(f'name="{name}"', text.encode()) for name, text in fields.items()]
    for file in files:
        about = f'name="{file.field}"; filename="{file.filename}"\r\nContent-Type: {file.content_type}'
        parts.append(_part(about, file.content))
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return Sent(body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})


def _part(about: str, content: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {about}\r\n\r\n".encode() + content + b"\r\n"
