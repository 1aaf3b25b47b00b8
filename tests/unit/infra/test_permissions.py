"""The table of permissions: for every function, on what its code knows, and nothing beyond."""

from uuid import UUID

import pytest

from infra.functions import FUNCTIONS, MIGRATE, PARSER
from infra.permissions import PERMISSIONS, PLATFORM, On, Permission
from service.search import indices
from service.storage import object_keys

ID = UUID(int=0)
EVERYTHING = [one for allowed in (*PERMISSIONS.values(), PLATFORM) for one in allowed]
WITH_PATHS = (On.FILES, On.SEARCH)


def files(name: str, action: str) -> set[str]:
    """The first parts of the keys on which a function may do this."""
    wanted = (f"s3:{action}", On.FILES)
    return {path for one in PERMISSIONS[name] for what, path in one.pairs if (what, one.on) == wanted}


def searches(name: str, method: str) -> set[str]:
    return {path for one in PERMISSIONS[name] for what, path in one.pairs if what == f"es:ESHttp{method}"}


def test_every_function_has_its_permissions() -> None:
    assert set(PERMISSIONS) == {MIGRATE.name, *(one.name for one in FUNCTIONS)}


def test_no_action_has_a_wildcard() -> None:
    assert [action for one in EVERYTHING for action in one.actions if "*" in action] == []


def test_only_what_lambda_does_itself_is_allowed_on_everything() -> None:
    wide = {action for one in EVERYTHING if one.on is On.EVERYTHING for action in one.actions}
    assert wide == {
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
    assert not [one for allowed in PERMISSIONS.values() for one in allowed if one.on in (On.EVERYTHING, On.NETWORK)]


def test_paths_are_given_where_there_are_any() -> None:
    for one in EVERYTHING:
        assert bool(one.paths) == (one.on in WITH_PATHS), one


@pytest.mark.parametrize("name", PERMISSIONS)
def test_no_permission_is_there_twice(name: str) -> None:
    pairs = [(one.on, *pair) for one in PERMISSIONS[name] for pair in one.pairs]
    assert len(pairs) == len(set(pairs))


def test_files_are_put_where_the_service_puts_them() -> None:
    first = {
        "image": object_keys.image("u", ID),
        "thumbnail": object_keys.thumbnail("u", ID),
        "wish": object_keys.wishlist_image("u", ID),
        "avatar": object_keys.avatar("u"),
        "file": object_keys.moc_file("u", ID, ID, "a.pdf"),
        "direct": object_keys.direct_upload("u", ID),
    }
    parts = {kind: f"{key.partition('/')[0]}/" for kind, key in first.items()}
    assert files("gallery", "PutObject") == {parts["image"], parts["thumbnail"], parts["direct"]}
    assert files("wishlist", "PutObject") == {parts["wish"], parts["direct"]}
    assert files("profile", "PutObject") == {parts["avatar"], parts["direct"]}
    assert files("upload", "PutObject") == {parts["file"], parts["direct"]}
    assert files(PARSER, "DeleteObject") == set(parts.values()) - {parts["avatar"]}, "avatars are never left over"


@pytest.mark.parametrize("name", PERMISSIONS)
def test_whoever_reads_files_is_told_when_one_is_missing(name: str) -> None:
    lists = any(one.on is On.BUCKET for one in PERMISSIONS[name])
    assert lists == bool(files(name, "GetObject"))


def test_documents_are_written_where_the_service_searches() -> None:
    ours = {indices.MOCS, indices.IMAGES, indices.WISHLIST}
    for name in PERMISSIONS:
        for method in ("Get", "Put", "Delete"):
            assert {path.partition("/")[0] for path in searches(name, method)} - {""} <= ours
    assert searches("health", "Get") == {""}, "the root"
    assert {name for name in PERMISSIONS if searches(name, "Post")} == {"gallery", "wishlist"}


def test_only_profiles_ask_the_user_pool_and_only_uploads_the_parser() -> None:
    def having(on: On) -> set[str]:
        return {name for name, allowed in PERMISSIONS.items() if any(one.on is on for one in allowed)}

    assert having(On.USERS) == {"profile"}
    assert having(On.PARSER) == {"upload"}
    assert having(On.DEAD_LETTERS) == {PARSER}
    assert having(On.SECRET) == {MIGRATE.name}
    assert having(On.DATABASE) == {one.name for one in FUNCTIONS}


def test_a_permission_is_pairs_of_action_and_path() -> None:
    assert list(Permission(("a:X", "a:Y"), On.FILES, ("p/", "q/")).pairs) == [
        ("a:X", "p/"),
        ("a:X", "q/"),
        ("a:Y", "p/"),
        ("a:Y", "q/"),
    ]
    assert list(Permission(("a:X",), On.USERS).pairs) == [("a:X", "")]
