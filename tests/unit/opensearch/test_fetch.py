"""What a machine that lacks something is told, and that only the known jars are run."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.opensearch import fetch
from tests.opensearch.fetch import NoOpenSearch, NotTheSame

JDK = "java.base@17.0.15\njava.xml@17.0.15\njdk.compiler@17.0.15\n"


def program(folder: Path, name: str, script: str) -> Path:
    """A program of that name, which does no more than this."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def java(folder: Path, modules: str) -> Path:
    """A java that says that it has these modules."""
    (folder / "modules").parent.mkdir(parents=True, exist_ok=True)
    (folder / "modules").write_text(modules)
    return program(folder, "java", f"/bin/cat {folder / 'modules'}")


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """A machine with a cache and nothing else, on which one jar with known contents is what is wanted."""
    checksums = tmp_path / "jars.sha256"
    checksums.write_text(f"{hashlib.sha256(b'server').hexdigest()}  server.jar\n")
    monkeypatch.setattr(fetch, "CHECKSUMS", checksums)
    return {"PATH": str(tmp_path / "bin"), fetch.CACHE_VARIABLE: str(tmp_path / "cache")}


def maven(environ: Mapping[str, str], content: str = "server") -> Path:
    """A Maven that notes that it was called and lists one jar with that content; where it notes it."""
    folder = Path(environ["PATH"])
    calls, jar = folder / "calls", folder / "server.jar"
    script = f"""echo call >> {calls}
printf %s '{content}' > {jar}
for one in "$@"; do case $one in -Dmdep.outputFile=*) printf %s '{jar}' > "${{one#*=}}";; esac; done"""
    program(folder, "mvn", script)
    return calls


def test_a_jdk_of_17_will_do(environ: Mapping[str, str]) -> None:
    found = java(Path(environ["PATH"]), JDK)
    assert fetch.find_java(environ) == found


def test_java_home_decides(environ: Mapping[str, str], tmp_path: Path) -> None:
    java(Path(environ["PATH"]), JDK)
    other = java(tmp_path / "jdk" / "bin", JDK.replace("17.0.15", "21"))
    assert fetch.find_java({**environ, "JAVA_HOME": str(tmp_path / "jdk")}) == other


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        (JDK.replace("17", "11"), "too old"),
        ("Unrecognized option: --list-modules", "too old"),
        (JDK.replace("jdk.compiler", "jdk.other"), "no compiler"),
    ],
)
def test_a_java_that_will_not_do_is_told_apart(environ: Mapping[str, str], modules: str, told: str) -> None:
    java(Path(environ["PATH"]), modules)
    with pytest.raises(NoOpenSearch, match=f"{told}.*install a.* JDK, 17 or newer"):
        fetch.find_java(environ)


def test_no_java_is_said_so(environ: Mapping[str, str]) -> None:
    with pytest.raises(NoOpenSearch, match="no java: install a JDK, 17 or newer"):
        fetch.find_java(environ)


def test_no_maven_is_said_so(environ: Mapping[str, str]) -> None:
    with pytest.raises(NoOpenSearch, match="no mvn, which fetches it: install Maven"):
        fetch.jars(environ)


def test_what_is_there_is_not_fetched_again_and_what_is_gone_is(environ: Mapping[str, str]) -> None:
    calls = maven(environ)
    (jar,) = fetch.jars(environ)
    assert fetch.jars(environ) == [jar]
    assert calls.read_text() == "call\n"
    jar.unlink()
    assert fetch.jars(environ) == [jar]
    assert calls.read_text() == "call\n" * 2


def test_a_jar_that_is_not_the_known_one_is_never_used(environ: Mapping[str, str]) -> None:
    maven(environ, "something else")
    for _ in range(2):
        with pytest.raises(NotTheSame, match=r"server\.jar"):
            fetch.jars(environ)


def test_one_that_is_missing_or_too_many_is_not_the_same(tmp_path: Path) -> None:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"a")
    known = {"a.jar": hashlib.sha256(b"a").hexdigest()}
    fetch.verify([jar], known)
    with pytest.raises(NotTheSame, match=r"b\.jar"):
        fetch.verify([jar], {**known, "b.jar": "00"})
    with pytest.raises(NotTheSame, match=r"a\.jar"):
        fetch.verify([jar], {})


def test_a_maven_that_fails_is_quoted(environ: Mapping[str, str]) -> None:
    program(Path(environ["PATH"]), "mvn", "echo '[ERROR] no route'; exit 1")
    with pytest.raises(NoOpenSearch, match=r"is Maven Central reachable\?[\s\S]*no route"):
        fetch.jars(environ)


def test_a_maven_that_hangs_is_given_up(environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "FETCH_SECONDS", 0.1)
    program(Path(environ["PATH"]), "mvn", "exec /bin/sleep 20")
    with pytest.raises(NoOpenSearch, match="did not fetch it within"):
        fetch.jars(environ)


def test_the_cache_is_the_users_own_unless_it_is_named() -> None:
    assert fetch.cache_folder({}) == Path.home() / ".cache" / "lego-projects" / "opensearch"
    assert fetch.cache_folder({fetch.CACHE_VARIABLE: "/x"}) == Path("/x")


def test_every_jar_is_known_by_its_checksum() -> None:
    known = fetch.known_checksums()
    assert {"opensearch-2.19.4.jar", "transport-netty4-client-2.19.4.jar", "lucene-core-9.12.3.jar"} <= set(known)
    assert all(len(checksum) == 64 for checksum in known.values())
    assert os.pathsep not in "".join(known)
