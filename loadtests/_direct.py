"""Direct uploads: the service signs a form, the file goes to the file store with it."""

from urllib.parse import urlsplit

from loadtests import _checks as checks
from loadtests._forms import Upload, form
from loadtests._journey import Ask
from loadtests._owned import Steps

DIRECTLY = 0.3  # of the uploads that can go either way
FILE_STORE = "POST to the file store"
"""The route of the one request that does not go to the API."""


def put(path: str, route: str, file: Upload) -> Steps[str | None]:
    """Ask for a form and send the file to the file store with it: the upload's id."""
    wanted = {"filename": file.filename, "contentType": file.content_type, "size": len(file.content)}
    check = checks.success(201, checks.present("uploadId", "url", "expiresAt"))
    answer = yield Ask("POST", f"{path}/presign", f"POST {route}/presign", check, json=wanted)
    if answer is None:
        return None
    told = answer.body["data"]
    stored = form(told["fields"], [Upload("file", file.filename, file.content_type, file.content)])
    where = urlsplit(told["url"]).path or "/"
    put = Ask("POST", where, "POST to the file store", checks.stored_by_s3, body=stored.body, headers=stored.headers,
              url=told["url"], side="s3")  # fmt: skip
    answer = yield put
    return None if answer is None else str(told["uploadId"])
