"""OpenSearch from Maven Central: fetched once, into a folder that stays, and held against known checksums."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
CHECKSUMS = HERE / "jars.sha256"
CACHE_VARIABLE = "OPENSEARCH_CACHE"
FETCH_SECONDS = 600.0
ASK_SECONDS = 60.0
OLDEST_JAVA = 17
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"
_MODULE = re.compile(r"^([\w.]+)(?:@(\d+))?", re.MULTILINE)


class NoOpenSearch(Exception):
    """This machine can't run it, or it could not be fetched; the message says what to do about that."""


class NotTheSame(Exception):
    """What was fetched is not what was fetched when the checksums were written."""


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where the jars are kept: `OPENSEARCH_CACHE`, else a folder of ours among the user's caches."""
    named = environ.get(CACHE_VARIABLE)
    return Path(named) if named else Path.home() / ".cache" / "lego-projects" / "opensearch"


def find_java(environ: Mapping[str, str]) -> Path:
    """The `java` to run it with. Raises NoOpenSearch: there is none, it is too old or has no compiler."""
    home = environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin") if home else environ.get("PATH"))
    if found is None:
        raise NoOpenSearch(f"there is no java: install a JDK, {OLDEST_JAVA} or newer, or let JAVA_HOME name one")
    asked = subprocess.run([found, "--list-modules"], capture_output=True, text=True, timeout=ASK_SECONDS, check=False)
    modules = dict(_MODULE.findall(asked.stdout))
    if int(modules.get("java.base") or 0) < OLDEST_JAVA:
        raise NoOpenSearch(f"{found} is too old: install a JDK, {OLDEST_JAVA} or newer, or let JAVA_HOME name one")
    if "jdk.compiler" not in modules:
        raise NoOpenSearch(
            f"{found} has no compiler: install a whole JDK, {OLDEST_JAVA} or newer, not only the runtime"
        )
    return Path(found)


def jars(environ: Mapping[str, str]) -> Sequence[Path]:
    """The jars that make the server, in the order of its class path. Fetches what is missing (70 MB the first time).

    Raises NoOpenSearch: there is no Maven, or it can't fetch them. Raises NotTheSame.
    """
    folder = cache_folder(environ)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "lock"):
        listing = folder / f"class-path-{_digest(POM, CHECKSUMS)}"
        if not _is_whole(listing):
            _fetch(folder, listing, environ)
        return _listed(listing)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else on this machine is fetching."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_whole(listing: Path) -> bool:
    return listing.exists() and all(jar.exists() for jar in _listed(listing))


def _listed(listing: Path) -> Sequence[Path]:
    return [Path(jar) for jar in listing.read_text().strip().split(os.pathsep)]


def _fetch(folder: Path, listing: Path, environ: Mapping[str, str]) -> None:
    """Let Maven fetch them, and note where they lie once they are known to be the right ones."""
    fresh = listing.with_suffix(".new")
    _run_maven(folder, fresh, environ)
    verify(_listed(fresh), known_checksums())
    fresh.replace(listing)


def _run_maven(folder: Path, listing: Path, environ: Mapping[str, str]) -> None:
    maven = shutil.which("mvn", path=environ.get("PATH"))
    if maven is None:
        raise NoOpenSearch("there is no mvn, which fetches it: install Maven, 3.6 or newer")
    command = [
        maven, "--batch-mode", "--quiet", "--strict-checksums", "--file", str(POM),
        f"-Dmaven.repo.local={folder / 'repository'}", f"-Dmdep.outputFile={listing}", _PLUGIN,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False, env=dict(environ), cwd=folder
        )
    except subprocess.TimeoutExpired as error:
        raise NoOpenSearch(f"mvn did not fetch it within {FETCH_SECONDS:g} s: try again, it goes on") from error
    if done.returncode != 0:
        raise NoOpenSearch(f"mvn could not fetch it (is Maven Central reachable?):\n{done.stdout.strip()[-2000:]}")


def known_checksums() -> Mapping[str, str]:
    """SHA-256 by the name of the jar."""
    lines = (line.split() for line in CHECKSUMS.read_text().splitlines())
    return {name: checksum for checksum, name in lines}


def verify(found: Sequence[Path], known: Mapping[str, str]) -> None:
    """Raises NotTheSame unless these are the known jars, bit by bit."""
    checksums = {jar.name: _digest(jar) for jar in found}
    wrong = sorted(name for name, _ in set(checksums.items()) ^ set(known.items()))
    if wrong:
        raise NotTheSame(
            f"not as {CHECKSUMS.name} has them: {', '.join(dict.fromkeys(wrong))}. If pom.xml was changed on purpose,"
            " write the checksums anew (sha256sum, names without folders); else delete the cache and do not trust its"
            " source"
        )


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
