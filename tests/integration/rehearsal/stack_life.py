"""One MOC from its making to its end, each step asked of whatever side the caller names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.integration.rehearsal.stack_answers import Seen, seen_of_a_new_thing
from tests.integration.rehearsal.stack_rig import Answer, Up, wait_until

LISTS: Mapping[str, bytes] = {  # name -> content, in the order of their upload
    "good.csv": b"Part ID,Quantity,Color\r\n3001,4,Red\r\n3002,6,Blue\r\n",
    "mixed.csv": "\ufeffTeil-Nr;Item No;Qty\n-;3003;7\n-;3004;none\n".encode(),
    "bad.csv": b"Part ID,Quantity\n3001,zero\n",
}
WHOLE = {
    "title": "Schloß «Ünïcode» 🧱",
    "type": "moc",
    "author": "Zoë",
    "description": "Brick\nby\tbrick",
    "partsCount": 17,
    "theme": "Castle",
    "subtheme": "Ruins",
    "uploadedDate": "2025-01-02T03:04:05.678Z",
    "tags": ["schlossturm", "two words"],
    "thumbnailUrl": "https://images.example/a.png",
    "unknown": {"key": 1},
}
TAG = "schlossturm"
SEARCHED_SECONDS = 5.0  # after that, the contract says, a search finds it
PARSED_SECONDS = 60.0


@dataclass(slots=True)
class Life:
    """The steps of one MOC's life on one side, and what they were answered."""

    stack: Up
    side: str
    moc_id: str = ""
    steps: dict[str, Seen] = field(default_factory=dict)

    def live(self) -> None:
        """All of it."""
        self._is_made()
        self._is_changed()
        self._is_searched()
        self._gets_lists()
        self._is_looked_at_by_others()
        self._ends()

    @property
    def path(self) -> str:
        """The MOC's own."""
        return f"/api/mocs/{self.moc_id}"

    def _is_made(self) -> None:
        made = self._ask("create", "POST", "/api/mocs", WHOLE)
        self.moc_id = made.json()["data"]["id"]
        self._ask("create once more", "POST", "/api/mocs", WHOLE)
        self._read("made")

    def _is_changed(self) -> None:
        self._ask("change", "PATCH", self.path, {"title": "  Ruin 🏚  ", "partsCount": 18, "tags": [TAG]})
        self._ask("clear", "PUT", self.path, {"theme": None, "subtheme": None})
        self._ask("change nothing", "PATCH", self.path, {})
        self._ask("clear what is needed", "PATCH", self.path, {"author": None})
        self._ask("change the type", "PATCH", self.path, {"type": "set"})
        self._read("changed")

    def _is_searched(self) -> None:
        path = "/api/mocs/search?q=Ruin"
        wait_until(lambda: self._get(path).json()["total"] == 1, SEARCHED_SECONDS)
        self._ask("search", "GET", path)

    def _gets_lists(self) -> None:
        for number, (name, content) in enumerate(LISTS.items(), start=1):
            answer = self.stack.upload(self.side, self.moc_id, content, name)
            self.steps[f"upload {name}"] = seen_of_a_new_thing("POST", answer)
            wait_until(lambda count=number: self._parsed() == count, PARSED_SECONDS)  # type: ignore[misc]
        again = self.stack.upload(self.side, self.moc_id, LISTS["good.csv"], "good.csv")
        self.steps["upload good.csv again"] = seen_of_a_new_thing("POST", again)
        self._read("counted")

    def _is_looked_at_by_others(self) -> None:
        for user in ("bob", "admin", None):
            self._ask(f"read by {user}", "GET", self.path, user=user)
        self._ask("deleted by bob", "DELETE", self.path, user="bob")

    def _ends(self) -> None:
        self._ask("delete", "DELETE", self.path)
        for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("DELETE", None)):
            self._ask(f"{method} after the end", method, self.path, body)
        upload = self.stack.upload(self.side, self.moc_id, LISTS["good.csv"])
        self.steps["upload after the end"] = seen_of_a_new_thing("POST", upload)
        self._ask("list after the end", "GET", f"/api/mocs?tag={TAG}")
        wait_until(lambda: self._get("/api/mocs/search?q=Ruin").json()["total"] == 0, SEARCHED_SECONDS)

    def _read(self, when: str) -> None:
        self._ask(f"read once {when}", "GET", self.path)
        self._ask(f"list once {when}", "GET", f"/api/mocs?tag={TAG}")

    def _parsed(self) -> int:
        lists = self._get(self.path).json()["data"]["partsLists"]
        return sum(one["status"] != "pending" for one in lists)

    def _get(self, path: str) -> Answer:
        return self.stack.ask(self.side, "GET", path)

    def _ask(self, step: str, method: str, path: str, body: Any = None, user: str | None = "alice") -> Answer:
        answer = self.stack.ask(self.side, method, path, body, user=user)
        self.steps[step] = seen_of_a_new_thing(method, answer)
        return answer
