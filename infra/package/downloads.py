"""Fetches distributions with pip, held against the hashes of requirements.txt, into a folder that stays."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.package.contents import SOURCES
from infra.package.requirements import Pin, as_requirements, normalized
from infra.package.target import Target

CACHE_VARIABLE = "PACKAGE_CACHE"
FETCH_SECONDS = 600.0

# pip can't download a source distribution without asking its build backend for metadata, and the real one would compile
# where it finds libvips. This one stands in its place and repeats what the archive says of itself; nothing is built.
_BACKEND = '''"""Answers pip's question for metadata out of PKG-INFO, and builds nothing."""
from email.parser import HeaderParser
from pathlib import Path


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    told = Path("PKG-INFO").read_text(encoding="utf-8")
    fields = HeaderParser().parsestr(told)
    folder = Path(metadata_directory, f"{fields['Name']}-{fields['Version']}.dist-info")
    folder.mkdir()
    (folder / "METADATA").write_text(told, encoding="utf-8")
    return folder.name
'''
_NO_SUCH = ("No matching distribution found", "Could not find a version that satisfies")


class DownloadFailed(Exception):
    """A distribution could not be had; the message says why and what to do."""


class HashMismatch(DownloadFailed):
    """What the registry gave is not what requirements.txt expects."""


@dataclass(frozen=True, slots=True)
class Downloads:
    """Fetches into `cache` with the pip of `python`. `environ` is the caller's: pip's own settings say where from."""

    cache: Path
    environ: Mapping[str, str]
    python: str = sys.executable

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Downloads":
        """Into the folder that PACKAGE_CACHE names, else one of ours among the user's caches."""
        named = environ.get(CACHE_VARIABLE)
        return cls(Path(named) if named else Path.home() / ".cache" / "lego-projects" / "package", environ)

    def fetch(self, pins: Sequence[Pin], target: Target) -> Mapping[str, Path]:
        """The archive of each by name: wheels for the target, source where there is nothing else.

        What is in the cache already is checked again and not fetched. Raises DownloadFailed.
        """
        folder = self.cache / _key(pins, target)
        self.cache.mkdir(parents=True, exist_ok=True)
        with _alone(self.cache / "lock"):
            if not folder.is_dir():
                self._fill(folder, pins, target)
        found = {_name_of(path): path for path in folder.iterdir()}
        try:
            verify(found, pins)
        except HashMismatch:
            shutil.rmtree(folder)
            raise
        return found

    def _fill(self, folder: Path, pins: Sequence[Pin], target: Target) -> None:
        """Fetch all into a folder beside, which gets its name when it is whole."""
        with tempfile.TemporaryDirectory(dir=self.cache, prefix="fetching-") as scratch:
            fresh = Path(scratch) / "fresh"
            wheels = [pin for pin in pins if pin.name not in SOURCES]
            sources = [pin for pin in pins if pin.name in SOURCES]
            self._download(wheels, fresh, _only_wheels(target), {})
            if sources:
                backend = Path(scratch) / "backend" / "setuptools"
                backend.mkdir(parents=True)
                (backend / "__init__.py").touch()
                (backend / "build_meta.py").write_text(_BACKEND, encoding="utf-8")
                names = ",".join(pin.name for pin in sources)
                options = ["--no-binary", names, "--no-build-isolation", "--use-pep517"]
                self._download(sources, fresh, options, {"PYTHONPATH": str(backend.parent)})
            fresh.rename(folder)

    def _download(self, pins: Sequence[Pin], into: Path, options: Sequence[str], more: Mapping[str, str]) -> None:
        """One run of pip. Raises DownloadFailed."""
        wanted = into.parent / "requirements.txt"
        wanted.write_text(as_requirements(pins), encoding="utf-8")
        command = [
            self.python, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check",
            "--no-deps", "--require-hashes", *options, "--requirement", str(wanted), "--dest", str(into),
        ]  # fmt: skip
        environment = {**self.environ, "PYTHONPATH": "", **more}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False, env=environment
            )
        except subprocess.TimeoutExpired as error:
            raise DownloadFailed(
                f"pip did not get it within {FETCH_SECONDS:g} s: is the registry reachable?"
            ) from error
        if done.returncode != 0:
            raise explained(done.stderr, self.python)


def explained(told: str, python: str) -> DownloadFailed:
    """pip's complaint in words that say what to do."""
    last = told.strip()[-2000:]
    if "No module named pip" in told:
        return DownloadFailed(f"{python} has no pip: run it as `tox run -e package`, or `python -m ensurepip`")
    if "DO NOT MATCH THE HASHES" in told:
        return HashMismatch(f"the registry gave other files than requirements.txt expects; do not use them:\n{last}")
    if any(words in told for words in _NO_SUCH):
        return DownloadFailed(
            f"there is no such file for that architecture and Python; another version may have one:\n{last}"
        )
    return DownloadFailed(f"pip could not get the distributions:\n{last}")


def verify(found: Mapping[str, Path], pins: Sequence[Pin]) -> None:
    """Raises HashMismatch unless exactly these distributions are there, each as one of its hashes has it."""
    known = {pin.name: pin.digests for pin in pins}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}
    wrong = sorted(name for name in set(known) | set(digests) if digests.get(name) not in known.get(name, frozenset()))
    if wrong:
        raise HashMismatch(f"not as requirements.txt has them: {', '.join(wrong)}. Run it again: they are fetched anew")


def _only_wheels(target: Target) -> Sequence[str]:
    platforms = [word for platform in target.platforms for word in ("--platform", platform)]
    interpreter = ["--implementation", "cp", "--abi", target.abi, "--python-version", target.python]
    return ["--only-binary=:all:", *interpreter, *platforms]


def _name_of(archive: Path) -> str:
    if archive.suffix == ".whl":
        return normalized(archive.name.split("-")[0])
    return normalized(archive.name.removesuffix(".tar.gz").rpartition("-")[0])


def _key(pins: Sequence[Pin], target: Target) -> str:
    """Names the folder of exactly these files."""
    wanted = "\n".join([as_requirements(pins), *target.platforms])
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    return f"{target.architecture}-{target.abi}-{digest[:16]}"


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else on this machine is fetching."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
