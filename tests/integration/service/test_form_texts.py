"""What a form's fields may hold, whatever encoding they say that they have."""

import pytest

from tests.contract import pictures
from tests.integration.service.api import Api, assert_failure

LONELY = {
    "utf-7": b"+2AA-x",
    "utf-16-le": "x\ud800".encode("utf-16-le", "surrogatepass"),
    "unicode_escape": rb"x\ud800",
    "raw_unicode_escape": rb"x\ud800",
}


@pytest.mark.parametrize("field", ["title", "description", "tags"])
@pytest.mark.parametrize("charset", LONELY)
async def test_lone_surrogates_are_400(api: Api, charset: str, field: str) -> None:
    head = f'Content-Disposition: form-data; name="{field}"\r\nContent-Type: text/plain; charset={charset}\r\n\r\n'
    image = b'Content-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body = b"--x\r\n" + head.encode() + LONELY[charset] + b"\r\n--x\r\n" + image + pictures.png() + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert_failure(await api.call("POST", "/api/images", content=body, headers=headers), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", ["/api/images", "/api/users/me/avatar"])
@pytest.mark.parametrize(
    ("filename", "content_type"),
    [("a.exe", "application/x-msdownload"), ("a.png", "text/html"), ("a.html", "image/png"), ("png", "image/png")],
)
async def test_no_form_is_given_for_what_can_be_no_picture(
    api: Api, path: str, filename: str, content_type: str
) -> None:
    wanted = {"filename": filename, "contentType": content_type, "size": 20}
    assert_failure(await api.post(f"{path}/presign", wanted), 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_an_avatar_can_be_completed_by_either_name_of_its_user(api: Api) -> None:
    wanted = {"filename": "a.png", "contentType": "image/png", "size": 20}
    begun = (await api.post("/api/users/me/avatar/presign", wanted)).json()["data"]
    answer = await api.post("/api/users/alice/avatar/complete", {"uploadId": begun["uploadId"]})
    assert_failure(answer, 409, "CONFLICT")  # it is known, and its file has not been sent
