"""MOCs: list, search, create, detail, change, delete."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.client import CSV, PDF, Side, failed, listed, new_moc, one, unique

EVERYTHING: dict[str, Any] = {
    "description": "Grey\nand large",
    "partsCount": 1234,
    "theme": "Space",
    "subtheme": "Classic",
    "setNumber": "MOC-172552",
    "releaseYear": 1932,
    "retired": True,
    "uploadedDate": "2025-11-02T10:15:30.123Z",
    "tags": ["grey", "star wars", "très bien"],
    "thumbnailUrl": "https://example.com/t.webp",
}
NEXT_YEAR = time.gmtime().tm_year + 1


@pytest.mark.contract("mocs.create", "mocs.detail")
@pytest.mark.parametrize("kind", [{"type": "moc", "author": "Ada"}, {"type": "set", "brand": "LEGO"}])
def test_a_moc_has_what_was_given(side: Side, kind: dict[str, str]) -> None:
    given = {"title": unique("Falcon"), **kind, **EVERYTHING}
    created = one(side.post("/api/mocs", given), 201)
    assert {name: created[name] for name in given} == given
    detail = one(side.get(f"/api/mocs/{created['id']}"))
    assert (detail.pop("files"), detail.pop("images"), detail.pop("partsLists")) == ([], [], [])
    assert detail == created


@pytest.mark.contract("mocs.create.required")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x", "type": "moc"}, "author"),
        ({"title": "x", "type": "moc", "author": " "}, "author"),
        ({"title": "x", "type": "set"}, "brand"),
        ({"title": "x", "type": "set", "author": "Ada"}, "brand"),
        ({"type": "moc", "author": "Ada"}, "title"),
        ({"title": "x", "author": "Ada"}, "type"),
        ({"title": None, "type": "moc", "author": "Ada"}, "title"),
    ],
)
def test_what_is_required(side: Side, body: dict[str, Any], field: str) -> None:
    failed(side.post("/api/mocs", body), "VALIDATION_ERROR", field)


OUT_OF_BOUNDS = [
    ("title", ""),
    ("title", 5),
    ("title", "x" * 201),
    ("type", "kit"),
    ("description", "x" * 5001),
    ("partsCount", 0),
    ("partsCount", -1),
    ("partsCount", 1.5),
    ("partsCount", "5"),
    ("partsCount", 2**31),
    ("releaseYear", 1931),
    ("releaseYear", NEXT_YEAR + 1),
    ("retired", "true"),
    ("retired", 1),
    ("uploadedDate", "yesterday"),
    ("tags", "grey"),
    ("tags", ["x"] * 21),
    ("tags", ["x" * 51]),
    ("tags", [""]),
    ("tags", [5]),
    ("thumbnailUrl", "javascript:alert(1)"),
    ("author", {"name": "Ada"}),
]


@pytest.mark.contract("mocs.create.bounds")
@pytest.mark.parametrize(("field", "value"), OUT_OF_BOUNDS, ids=lambda value: str(value)[:20])
def test_bounds(side: Side, field: str, value: Any) -> None:
    (finding,) = failed(side.post("/api/mocs", new_moc(**{field: value})), "VALIDATION_ERROR")["details"]
    assert finding["field"].split("[")[0] == field


@pytest.mark.contract("mocs.create.bounds")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "x" * 5000),
        ("partsCount", 1),
        ("releaseYear", NEXT_YEAR),
        ("tags", [f"{number:050}" for number in range(20)]),
        ("tags", []),
    ],
    ids=lambda value: str(value)[:20],
)
def test_at_the_bounds(side: Side, field: str, value: Any) -> None:
    assert one(side.post("/api/mocs", new_moc(**{field: value})), 201)[field] == value


@pytest.mark.contract("mocs.title-once")
def test_a_title_is_taken_once(side: Side) -> None:
    first, second = side.moc(), side.moc()
    failed(side.post("/api/mocs", new_moc(title=f" {first['title']} ")), "CONFLICT", "title")
    failed(side.patch(f"/api/mocs/{second['id']}", {"title": first["title"]}), "CONFLICT", "title")
    one(side.post("/api/mocs", new_moc(title=first["title"]), "eve"), 201)
    one(side.post("/api/mocs", new_moc(title=first["title"].upper())), 201)


@pytest.mark.contract("mocs.title-once")
def test_a_race_for_a_title_has_one_winner(side: Side) -> None:
    body = new_moc()
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: side.post("/api/mocs", body), range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


@pytest.mark.contract("mocs.list", "mocs.list.blank")
def test_the_list_is_of_ones_own_newest_change_first(side: Side) -> None:
    first, second, others = side.moc(), side.moc(), side.moc("eve")
    one(side.patch(f"/api/mocs/{first['id']}", {"theme": "Space"}))
    found = [moc["id"] for moc in listed(side.get("/api/mocs"))]
    assert found[:2] == [first["id"], second["id"]]
    assert others["id"] not in found
    assert side.get("/api/mocs?search=&tag=").json() == side.get("/api/mocs").json()
    assert side.get("/api/mocs?search=%20&tag=%20").json() == side.get("/api/mocs").json()


@pytest.mark.contract("mocs.list")
def test_pages_fit_together(side: Side) -> None:
    for _ in range(3):
        side.moc()
    whole = [moc["id"] for moc in listed(side.get("/api/mocs?limit=6"))]
    parts = [moc["id"] for page in (1, 2, 3) for moc in listed(side.get(f"/api/mocs?limit=2&page={page}"))]
    assert parts == whole


@pytest.mark.contract("mocs.list")
def test_a_tag_is_compared_whole(side: Side) -> None:
    tag = unique("star wars")[:50]
    moc = side.moc(tags=[tag, "other"])
    side.moc(tags=[tag + "!"])
    assert [found["id"] for found in listed(side.get("/api/mocs", params={"tag": tag}))] == [moc["id"]]


@pytest.mark.contract("mocs.list.search-order", "search.fields")
def test_a_title_counts_more_than_a_description_and_typing_errors_little(side: Side) -> None:
    word = unique("").strip() + "windmill"
    in_description = side.moc(description=f"about a {word}")
    in_title = side.moc(title=f"The {word}")
    in_theme, by_author = side.moc(theme=word), side.moc(author=word)
    wanted = {moc["id"] for moc in (in_description, in_title, in_theme, by_author)}
    found = soon(side, f"/api/mocs?search={word}", len(wanted))
    assert found[0] == in_title["id"]
    assert set(found) == wanted
    assert in_title["id"] in soon(side, f"/api/mocs?search={word.replace('windmill', 'widnmill')}", 1)


@pytest.mark.contract("search.fields")
def test_a_word_of_a_tag_finds_it(side: Side) -> None:
    word = unique("").strip()
    moc = side.moc(tags=[f"{word} wars"])
    assert soon(side, f"/api/mocs?search={word}", 1) == [moc["id"]]


@pytest.mark.contract("mocs.search")
def test_the_old_clients_search(side: Side) -> None:
    word = unique("").strip()
    for number in range(3):
        side.moc(title=f"{word} {number}")
    whole = soon(side, f"/api/mocs/search?q={word}", 3)
    answer = side.get(f"/api/mocs/search?q={word}&from=1&size=2")
    assert [moc["id"] for moc in listed(answer)] == whole[1:]
    assert answer.json()["mocs"] == answer.json()["data"]
    assert answer.json()["total"] == 3
    for bad in ("from=-1", "size=0", "size=101", "from=x"):
        failed(side.get(f"/api/mocs/search?{bad}"), "VALIDATION_ERROR")


@pytest.mark.contract("mocs.patch", "mocs.patch.null")
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_fields_change_and_null_clears(side: Side, method: str) -> None:
    moc = side.moc()
    path = f"/api/mocs/{moc['id']}"
    changed = one(side.call(method, path, json=EVERYTHING))
    assert {name: changed[name] for name in EVERYTHING} == EVERYTHING
    cleared = one(side.call(method, path, json=dict.fromkeys(EVERYTHING)))
    assert not set(EVERYTHING) & set(cleared)
    assert cleared["title"] == moc["title"]


@pytest.mark.contract("mocs.patch.type", "mocs.patch.null")
@pytest.mark.parametrize(
    ("change", "field"), [({"type": "set"}, "type"), ({"author": None}, "author"), ({"title": None}, "title")]
)
def test_what_can_not_change(side: Side, change: dict[str, Any], field: str) -> None:
    moc = side.moc()
    failed(side.patch(f"/api/mocs/{moc['id']}", change), "VALIDATION_ERROR", field)
    assert one(side.patch(f"/api/mocs/{moc['id']}", {"type": "moc"})) == moc


@pytest.mark.contract("mocs.delete")
def test_a_deleted_moc_takes_its_files_and_links_but_no_images(side: Side) -> None:
    moc, image = side.moc(), side.image()
    path = f"/api/mocs/{moc['id']}"
    one(side.send(f"{path}/files", {"file": ("a.pdf", PDF, "application/pdf")}), 201)
    assert side.send(f"{path}/upload-parts-list", {"file": ("a.csv", CSV, "text/csv")}).status_code == 202
    one(side.post(f"{path}/gallery-images", {"galleryImageId": image["id"]}), 201)
    assert side.delete(path).status_code == 200
    failed(side.get(path), "NOT_FOUND")
    assert one(side.get(f"/api/images/{image['id']}")) == image


def soon(side: Side, path: str, count: int) -> list[str]:
    """The ids that a search finds, asked again until there are that many or 5 s are over."""
    deadline = time.monotonic() + 5.0
    while True:
        found = [moc["id"] for moc in listed(side.get(path))]
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.1)
