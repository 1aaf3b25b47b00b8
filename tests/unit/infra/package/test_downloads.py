"""Downloads: by pip, held against their hashes, kept; trouble is told in words that help."""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.package.downloads import DownloadFailed, Downloads, HashMismatch
from infra.package.requirements import Pin
from infra.package.target import Target

TARGET = Target("arm64", "3.13")
WHEEL, SOURCE = "some_thing-1.0-py3-none-any.whl", "pyvips-3.2.0.tar.gz"
FILES: Mapping[str, bytes] = {WHEEL: b"a wheel", SOURCE: b"a source distribution"}

# Stands in for `python -m pip download`: notes how it was called, and puts there what it is told to.
PIP = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path({here!r})
given = sys.argv[1:]
wanted = pathlib.Path(given[given.index("--requirement") + 1]).read_text()
backend = pathlib.Path(os.environ["PYTHONPATH"], "setuptools", "build_meta.py")
seen = here / "calls.json"
calls = json.loads(seen.read_text()) if seen.exists() else []
built = os.environ["PYTHONPATH"] and backend.read_text()
calls.append({{"given": given, "wanted": wanted, "backend": built}})
seen.write_text(json.dumps(calls))
trouble = here / "trouble"
if trouble.exists():
    sys.exit(trouble.read_text())
into = pathlib.Path(given[given.index("--dest") + 1])
into.mkdir(exist_ok=True)
for path in (here / "registry").iterdir():
    if path.name.split("-")[0].replace("_", "-") + "==" in wanted:
        (into / path.name).write_bytes(path.read_bytes())
"""


def pin(name: str, version: str, file: str) -> Pin:
    """Of that file as it should be."""
    return Pin(name, version, frozenset({hashlib.sha256(FILES[file]).hexdigest(), "0" * 64}))


PINS = [pin("pyvips", "3.2.0", SOURCE), pin("some-thing", "1.0", WHEEL)]


@pytest.fixture
def downloads(tmp_path: Path) -> Downloads:
    """With that pip."""
    (tmp_path / "registry").mkdir()
    for name, content in FILES.items():
        (tmp_path / "registry" / name).write_bytes(content)
    python = tmp_path / "python"
    python.write_text(PIP.format(python=sys.executable, here=str(tmp_path)))
    python.chmod(0o755)
    return Downloads(tmp_path / "cache", {"PATH": "/usr/bin:/bin"}, str(python))


def calls(downloads: Downloads) -> list[dict[str, object]]:
    """How pip was called."""
    path = downloads.cache.parent / "calls.json"
    found: list[dict[str, object]] = json.loads(path.read_text()) if path.exists() else []
    return found


def test_each_archive_is_found_by_name(downloads: Downloads) -> None:
    found = downloads.fetch(PINS, TARGET)

    assert {name: path.read_bytes() for name, path in found.items()} == {
        "pyvips": FILES[SOURCE], "some-thing": FILES[WHEEL],
    }  # fmt: skip


def test_wheels_are_asked_for_the_target_by_hash_and_alone(downloads: Downloads) -> None:
    downloads.fetch(PINS, TARGET)

    given = calls(downloads)[0]["given"]
    assert isinstance(given, list)
    assert given[:3] == ["-m", "pip", "download"]
    assert {"--no-deps", "--require-hashes", "--only-binary=:all:", "manylinux2014_aarch64", "cp313"} <= set(given)
    assert given[given.index("--python-version") + 1] == "3.13"
    assert not any("x86_64" in word for word in given)
    assert str(calls(downloads)[0]["wanted"]).startswith("some-thing==1.0 --hash=sha256:")


def test_a_source_distribution_is_fetched_and_never_built(downloads: Downloads) -> None:
    downloads.fetch(PINS, TARGET)

    _, call = calls(downloads)
    given = call["given"]
    assert isinstance(given, list)
    assert {"--no-deps", "--require-hashes", "--no-build-isolation"} <= set(given)
    assert given[given.index("--no-binary") + 1] == "pyvips"
    assert "builds nothing" in str(call["backend"])


def test_what_is_there_is_not_fetched_again(downloads: Downloads) -> None:
    first = downloads.fetch(PINS, TARGET)
    second = downloads.fetch(PINS, TARGET)

    assert first == second
    assert len(calls(downloads)) == 2


def test_another_target_has_a_folder_of_its_own(downloads: Downloads) -> None:
    one = downloads.fetch(PINS, TARGET)["pyvips"]
    two = downloads.fetch(PINS, Target("x86_64", "3.13"))["pyvips"]
    assert one.parent != two.parent


def test_what_is_not_as_the_hashes_have_it_is_refused_and_forgotten(downloads: Downloads) -> None:
    (downloads.cache.parent / "registry" / WHEEL).write_bytes(b"another wheel")

    with pytest.raises(HashMismatch, match="some-thing"):
        downloads.fetch(PINS, TARGET)

    (downloads.cache.parent / "registry" / WHEEL).write_bytes(FILES[WHEEL])
    assert set(downloads.fetch(PINS, TARGET)) == {"pyvips", "some-thing"}


def test_a_file_that_was_changed_in_the_cache_is_noticed(downloads: Downloads) -> None:
    downloads.fetch(PINS, TARGET)["some-thing"].write_bytes(b"changed")
    with pytest.raises(HashMismatch, match="some-thing"):
        downloads.fetch(PINS, TARGET)


@pytest.mark.parametrize(
    ("told", "error", "words"),
    [
        ("ERROR: No matching distribution found for x==1", DownloadFailed, "no such file for that architecture"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", HashMismatch, "do not use them"),
        ("/usr/bin/python: No module named pip", DownloadFailed, "has no pip: run it as `tox run -e package`"),
        ("ERROR: connection refused", DownloadFailed, "pip could not get the distributions:\nERROR: connection"),
    ],
)
def test_trouble_says_what_to_do_and_leaves_nothing_half(
    downloads: Downloads, told: str, error: type[Exception], words: str
) -> None:
    trouble = downloads.cache.parent / "trouble"
    trouble.write_text(told)

    with pytest.raises(error, match=words.replace("(", r"\(")):
        downloads.fetch(PINS, TARGET)

    assert [path.name for path in downloads.cache.iterdir()] == ["lock"]
    trouble.unlink()
    assert len(downloads.fetch(PINS, TARGET)) == 2


def test_a_registry_that_is_silent_is_given_up(downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.package.downloads.FETCH_SECONDS", 0.01)
    with pytest.raises(DownloadFailed, match="is the registry reachable"):
        downloads.fetch(PINS, TARGET)


def test_the_cache_is_where_the_environment_says(tmp_path: Path) -> None:
    assert Downloads.of({"PACKAGE_CACHE": str(tmp_path)}).cache == tmp_path
    assert Downloads.of({}).cache.parts[-3:] == (".cache", "lego-projects", "package")


def test_the_real_backend_answers_out_of_the_archive(downloads: Downloads, tmp_path: Path) -> None:
    downloads.fetch(PINS, TARGET)
    program: dict[str, object] = {}
    exec(str(calls(downloads)[1]["backend"]), program)  # noqa: S102 - our own text, as pip would load it
    here = tmp_path / "unpacked"
    here.mkdir()
    (here / "PKG-INFO").write_text("Metadata-Version: 2.4\nName: pyvips\nVersion: 3.2.0\n\ntext")

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        asked, prepare = program["get_requires_for_build_wheel"], program["prepare_metadata_for_build_wheel"]
        assert callable(asked)
        assert callable(prepare)
        assert asked() == []
        assert prepare(str(tmp_path)) == "pyvips-3.2.0.dist-info"

    assert (tmp_path / "pyvips-3.2.0.dist-info" / "METADATA").read_text() == (here / "PKG-INFO").read_text()
