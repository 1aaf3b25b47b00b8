"""Parts lists: in each format that people have, uploaded in each way, and followed until they are parsed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests import _checks as checks
from loadtests._browse import is_detail, is_parts_list, opening
from loadtests._direct import DIRECTLY, put
from loadtests._forms import Upload, form
from loadtests._journey import Ask, Journey, Person
from loadtests._owned import MOCS, Steps, borrowed, read

BY_OLD_ROUTE = 0.3  # of those that come as a form
LOOKS_AFTER_SECONDS = (0.3, 0.7, 1.5, 3.0, 6.0)  # how long a client waits between looks at a list that is being parsed
MAX_ROWS = 60


@dataclass(frozen=True, slots=True)
class PartsFile:
    """A parts list: the file, and what its parsing has to come to."""

    upload: Upload
    rows: int
    pieces: int
    bad_rows: int

    @property
    def status(self) -> str:
        """How the parsing has to end."""
        return "parsed-with-errors" if self.bad_rows else "parsed"


def parts_list(person: Person) -> Journey:
    """A parts list for an own MOC, followed until it is parsed; then the MOC shows it."""
    with borrowed(person, MOCS) as taken:
        if not taken:
            yield from opening(person)
            return
        file = parts_file(person)
        if person.random.random() < DIRECTLY:
            yield from _new_list(person, taken[0], file, _directly)
        elif person.random.random() < BY_OLD_ROUTE:
            yield from _old_list(person, taken[0], file)
        else:
            yield from _new_list(person, taken[0], file, _by_form)


def parts_file(person: Person) -> PartsFile:
    """A list of a few parts in one of the formats; every fifth has a row that is no part."""
    quantities = [person.random.randrange(1, 20) for _ in range(person.random.randrange(3, MAX_ROWS))]
    parts = [(str(300_000 + number), quantity) for number, quantity in enumerate(quantities)]
    bad_rows = 1 if person.random.random() < 0.2 else 0
    write, extension, content_type = person.random.choice(_FORMATS)
    content = write(parts + [("300999", 0)] * bad_rows)
    name = f"load-{person.prefix.rpartition(' ')[2]}-{next(person.made)}.{extension}"
    return PartsFile(Upload("partsListFile", name, content_type, content), len(parts), sum(quantities), bad_rows)


Part = tuple[str, int]
Send = Callable[[str, PartsFile], Steps[Any]]


def follow(moc_id: str, list_id: str, file: PartsFile) -> Steps[bool]:
    """Look at the list until it is parsed, or for as long as a client would: whether it is."""
    path, route = f"{MOCS.path_of(moc_id)}/parts-lists/{list_id}", MOCS.route("GET", "/parts-lists/{listId}")
    check = checks.success(200, checks.all_of(is_parts_list(list_id, moc_id), _parsed_as(file)))
    for seconds in LOOKS_AFTER_SECONDS:
        answer = yield Ask("GET", path, route, check, after_seconds=seconds)
        if answer is not None and answer.body["data"]["status"] != "pending":
            return True
    return False


def _new_list(person: Person, moc_id: str, file: PartsFile, send: Send) -> Steps[None]:
    accepted = yield from send(moc_id, file)
    if accepted is None:
        return
    done = yield from follow(moc_id, accepted["partsListId"], file)
    if done:
        yield read(MOCS, moc_id, _counted(person.sub, moc_id, accepted["partsListId"], file))


def _old_list(person: Person, moc_id: str, file: PartsFile) -> Steps[None]:
    """The old client's route answers when the list is parsed, in its old shape."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        told = (data["parsing"]["totalPieceCount"], data["parsing"]["uniqueParts"], data["partsList"]["status"])
        expected = (file.pieces, file.rows, file.status)
        return None if told == expected else f"found {told}, expected {expected}"

    sent = form({"mocId": moc_id}, [file.upload])
    path = "/api/mocs/upload-parts-list"
    answer = yield Ask("POST", path, f"POST {path}", checks.success(201, wrong), body=sent.body, headers=sent.headers)
    if answer is not None:
        list_id = answer.body["data"]["partsList"]["id"]
        yield read(MOCS, moc_id, _counted(person.sub, moc_id, list_id, file))


def _by_form(moc_id: str, file: PartsFile) -> Steps[Any]:
    sent = form({}, [file.upload])
    path, route = f"{MOCS.path_of(moc_id)}/upload-parts-list", MOCS.route("POST", "/upload-parts-list")
    answer = yield Ask("POST", path, route, _accepted(file), body=sent.body, headers=sent.headers)
    return answer and answer.body["data"]


def _directly(moc_id: str, file: PartsFile) -> Steps[Any]:
    path = f"{MOCS.path_of(moc_id)}/upload-parts-list"
    route = f"{MOCS.path}/{{{MOCS.parameter}}}/upload-parts-list"
    upload_id = yield from put(path, route, file.upload)
    if upload_id is None:
        return None
    body = {"uploadId": upload_id}
    answer = yield Ask("POST", f"{path}/complete", f"POST {route}/complete", _accepted(file), json=body)
    return answer and answer.body["data"]


def _accepted(file: PartsFile) -> checks.Check:
    def wrong(answer: Any) -> str | None:
        name = answer["data"]["file"]["originalFilename"]
        return None if name == file.upload.filename else f"stored as {name!r}, sent as {file.upload.filename!r}"

    return checks.success(202, checks.all_of(checks.present("partsListId", "status"), wrong))


def _parsed_as(file: PartsFile) -> checks.Wrong:
    """Pending, or parsed to what the file holds."""
    expected = (file.status, file.rows, file.pieces, file.bad_rows)

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        told = (data["status"], data.get("rows"), data.get("totalParts"), len(data["errors"]))
        return None if data["status"] == "pending" or told == expected else f"found {told}, expected {expected}"

    return wrong


def _counted(owner: str, moc_id: str, list_id: str, file: PartsFile) -> checks.Wrong:
    """The MOC shows the list, and its pieces are those of all its lists."""
    shown = checks.has(list_id, "partsLists", status=file.status, rows=file.rows, totalParts=file.pieces)

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        pieces = sum(each.get("totalParts", 0) for each in data["partsLists"])
        return None if data.get("totalPieceCount") == pieces else f"{data.get('totalPieceCount')} pieces of {pieces}"

    return checks.all_of(is_detail(owner, id=moc_id), shown, wrong)


def _csv(parts: Sequence[Part]) -> bytes:
    return ("elementId,quantity\r\n" + "".join(f"{part},{quantity}\r\n" for part, quantity in parts)).encode()


def _semicolons(parts: Sequence[Part]) -> bytes:
    rows = "".join(f'"{part}";Brick, 2 x 4;Dark Red;{quantity}\n' for part, quantity in parts)
    return ("\ufeffPart ID;Part Name;Color;Quantity\n" + rows).encode()


def _json(parts: Sequence[Part]) -> bytes:
    return json.dumps([{"part": part, "qty": quantity, "colour": "Red"} for part, quantity in parts]).encode()


def _xml(parts: Sequence[Part]) -> bytes:
    items = "".join(
        f"<ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>{part}</ITEMID><COLOR>5</COLOR><MINQTY>{quantity}</MINQTY></ITEM>"
        for part, quantity in parts
    )
    return f"<INVENTORY>{items}</INVENTORY>".encode()


_FORMATS = (
    (_csv, "csv", "text/csv"),
    (_csv, "csv", "application/vnd.ms-excel"),  # as Windows browsers call it
    (_semicolons, "csv", "text/csv"),
    (_json, "json", "application/json"),
    (_xml, "xml", "text/xml"),
)
