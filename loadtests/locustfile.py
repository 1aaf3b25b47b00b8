"""People who use the web client: they browse, search, look at MOCs, make, change and delete their own.

    LEGO_TOKENS=eyJ…,eyJ… locust -f loadtests/ --host https://staging-api.lego-moc.example.com

Every answer is checked against the contract, and what a user has written is read back.
"""

import random
import sys
import uuid
from collections.abc import Callable
from itertools import count, cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
from locust import FastHttpUser, constant_throughput, events, task
from locust.env import Environment

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # `locust -f loadtests/` runs from anywhere

from loadtests import _checks as checks
from loadtests._journal import Journal
from loadtests._resolver import Resolver, Unresolved
from loadtests._settings import Traffic, traffic

SETTINGS: Traffic = traffic()
JOURNAL = Journal(SETTINGS.journal) if SETTINGS.journal else None
_ACCOUNTS = cycle(sorted(SETTINGS.tokens.items()))
_NUMBERS = count(1)
USERS_OF_A_WORKER = 100_000  # more than one has
WORDS = ("castle", "falcon", "crane", "tower", "train", "space")


class WebUser(FastHttpUser):
    """One person with one account; asks at a steady rate, one request after another."""

    host = SETTINGS.host or None
    wait_time = constant_throughput(SETTINGS.requests_per_second)
    max_retries = 0
    connection_timeout = 5.0
    network_timeout = 31.0  # just past the gateway's own limit

    def on_start(self) -> None:
        """Take the next account and look around."""
        self.sub, token = next(_ACCOUNTS)
        # Each worker of a distributed run counts for itself, and no account may have two MOCs of one title.
        number = self.environment.runner.worker_index * USERS_OF_A_WORKER + next(_NUMBERS)
        self.random = random.Random(SETTINGS.seed * 1000 + number)  # noqa: S311 - reproducible choices
        self.prefix = f"load {SETTINGS.seed}-{number}"
        self.made = count(1)
        url = urlsplit(str(self.host))
        self.public, self.port = url.netloc, url.port
        self.bearer = {"Authorization": f"Bearer {token}", "Cache-Control": "max-age=300"}
        self.resolver = Resolver(SETTINGS.dns, url.hostname or "") if SETTINGS.dns else None
        self.known: list[str] = []
        self.own: list[str] = []
        gevent.sleep(self.random.random() / SETTINGS.requests_per_second)

    @task(30)
    def browse(self) -> None:
        """The first pages of the list."""
        page = self.random.choice((1, 1, 1, 2))
        body = self.ask(
            "GET", f"/api/mocs?page={page}&limit=20", "/api/mocs", checks.success(200, checks.page(self.sub, 20))
        )
        if body is not None:
            self.known = [moc["id"] for moc in body["data"]] or self.known

    @task(10)
    def list_as_the_client_does(self) -> None:
        """The old client's list call."""
        self.ask(
            "GET",
            "/api/mocs/search?from=0&size=100",
            "/api/mocs/search",
            checks.success(200, checks.page(self.sub, 100)),
        )

    @task(10)
    def search(self) -> None:
        """One word."""
        word = self.random.choice(WORDS)
        self.ask("GET", f"/api/mocs?search={word}", "/api/mocs?search=", checks.success(200, checks.page(self.sub, 20)))

    @task(28)
    def look(self) -> None:
        """One MOC of the list."""
        if self.known:
            moc_id = self.random.choice(self.known)
            self.ask("GET", f"/api/mocs/{moc_id}", "/api/mocs/[id]", self._there_or_gone(moc_id))

    @task(8)
    def make(self) -> None:
        """A new MOC, read back at once."""
        title = f"{self.prefix} {self.random.choice(WORDS)} {next(self.made)}"
        wanted = {"title": title, "type": "moc", "author": "Ada", "tags": ["load"], "partsCount": 42}
        body = self.ask("POST", "/api/mocs", "/api/mocs", checks.success(201, checks.moc(title=title)), json=wanted)
        if body is not None:
            moc_id = body["data"]["id"]
            self.own.append(moc_id)
            self.read_back(moc_id, checks.moc(id=moc_id, title=title, userId=self.sub))

    @task(8)
    def change(self) -> None:
        """A new description, read back at once."""
        if not self.own:
            return
        moc_id, text = self.random.choice(self.own), f"changed {self.random.random():.9f}"
        body = self.ask(
            "PATCH",
            f"/api/mocs/{moc_id}",
            "/api/mocs/[id]",
            checks.success(200, checks.moc(description=text)),
            json={"description": text},
        )
        if body is not None:
            self.read_back(moc_id, checks.moc(description=text))

    @task(3)
    def remove(self) -> None:
        """One of the own MOCs; afterwards it is gone. Without enough of them, a look at one that never was.

        So there are as many 404s from the first minute on as later: gates compare the rates of different times.
        """
        if len(self.own) <= 2:
            never = uuid.UUID(int=self.random.getrandbits(128), version=4)
            self.ask("GET", f"/api/mocs/{never}", "/api/mocs/[id]", checks.failure(404, "NOT_FOUND"))
        else:
            moc_id = self.own.pop(0)
            body = self.ask(
                "DELETE", f"/api/mocs/{moc_id}", "/api/mocs/[id]", checks.success(200, checks.moc(id=moc_id))
            )
            if body is not None:
                self.ask("GET", f"/api/mocs/{moc_id}", "/api/mocs/[id]", checks.failure(404, "NOT_FOUND"))

    @task(2)
    def mistake(self) -> None:
        """What clients get wrong: answered in the failure shape."""
        self.ask("GET", "/api/mocs?limit=1000", "/api/mocs", checks.failure(400, "VALIDATION_ERROR"))

    @task(1)
    def upload(self) -> None:
        """A small parts list for one of the own MOCs."""
        if self.own:
            moc_id = self.random.choice(self.own)
            self.send_parts_list(moc_id, f"list-{next(self.made)}.csv")

    def read_back(self, moc_id: str, wrong: Callable[[Any], str | None]) -> None:
        """What a write has answered, every later read sees."""
        self.ask("GET", f"/api/mocs/{moc_id}", "/api/mocs/[id]", checks.success(200, wrong))

    def send_parts_list(self, moc_id: str, filename: str) -> None:
        """Upload three rows as a browser would."""
        boundary = "----lego-boundary"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="partsListFile"; filename="{filename}"\r\n'
        rows = "Content-Type: text/csv\r\n\r\nelementId,quantity\r\n300126,4\r\n300226,2\r\n300324,6\r\n"
        self.ask(
            "POST",
            f"/api/mocs/{moc_id}/upload-parts-list",
            "/api/mocs/[id]/upload-parts-list",
            checks.success(202),
            data=f"{head}{rows}\r\n--{boundary}--\r\n",
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )

    def ask(self, method: str, path: str, name: str, check: checks.Check, **how: Any) -> Any:
        """One request to whichever side the name points at now: the decoded body, None when anything was wrong."""
        headers = {**self.bearer, **how.pop("headers", {})}
        try:
            side, url = self._target(path, headers)
        except Unresolved as error:
            if JOURNAL:
                JOURNAL.request("none", 0.0, str(error), answered=False)
            return None
        with self.client.request(method, url, name=name, headers=headers, catch_response=True, **how) as response:
            body = response.content or b""
            problem = check(response.status_code, body)
            if problem is None:
                response.success()
            else:
                response.failure(problem)
            if JOURNAL:
                answered = not checks.failed_without_answer(response.status_code)
                JOURNAL.request(side, response.request_meta["response_time"], problem, answered=answered)
        return checks.json_of(body) if problem is None else None

    def _target(self, path: str, headers: dict[str, str]) -> tuple[str, str]:
        """(side, URL); with a name server, the URL names the address and the Host header the public name."""
        if self.resolver is None:
            return "service", path
        asked = self.resolver.answers
        address = self.resolver.address()
        side = (SETTINGS.sides or {}).get(address, address)
        if JOURNAL and self.resolver.answers != asked:
            JOURNAL.dns_answer(side)
        headers["Host"] = self.public
        return side, f"http://{address}:{self.port}{path}"

    def _there_or_gone(self, moc_id: str) -> checks.Check:
        """Another virtual user of the same account may have deleted it since the list was read."""
        there, gone = checks.success(200, checks.moc(id=moc_id)), checks.failure(404, "NOT_FOUND")

        def check(status: int, body: bytes) -> str | None:
            return gone(status, body) if status == 404 else there(status, body)

        return check


def _start_journal(environment: Environment, **_: Any) -> None:
    """With a journal, its reader judges: Locust's own exit code would call every injected fault a failure."""
    if JOURNAL:
        environment.process_exit_code = 0


def _close_journal(**_: Any) -> None:
    """The last second is written too."""
    if JOURNAL:
        JOURNAL.close()


events.init.add_listener(_start_journal)
events.quit.add_listener(_close_journal)
