"""The wishlist's Lambda function as a process of its own."""

import json

from service.settings import Settings
from tests.fakes.lambda_events import http_event
from tests.integration.service.test_functions import ALICE, invoke
from tests.integration.service.wishes import LIST, picture

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
HEAD = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'


def test_it_serves_the_wishlist_and_nothing_else(settings: Settings) -> None:
    (made,) = invoke("wishlist", settings, [http_event("POST", LIST, JSON, body=b'{"title":"Falcon"}', claims=ALICE)])
    path = f"{LIST}/{json.loads(made['body'])['data']['id']}"
    form = HEAD + picture(suffix=".png") + b"\r\n--x--\r\n"
    events = [
        http_event("GET", LIST, claims=ALICE),
        http_event("GET", f"{LIST}/search?q=falcon", claims=ALICE),
        http_event("POST", f"{path}/image", FORM, body=form, claims=ALICE),
        http_event("GET", path, claims={"sub": "bob"}),
        http_event("GET", path),
        http_event("GET", "/api/mocs", claims=ALICE),
        http_event("DELETE", path, claims=ALICE),
        http_event("GET", path, claims=ALICE),
    ]
    answers = invoke("wishlist", settings, events)
    assert [answer["statusCode"] for answer in answers] == [200, 200, 200, 403, 401, 404, 200, 404]
    assert json.loads(answers[0]["body"])["total"] == 1
    assert "imageUrl" in json.loads(answers[2]["body"])["data"]
