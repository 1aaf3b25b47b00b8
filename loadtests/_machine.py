"""Who is how busy: this machine, the generator, and, where the target is on this machine too, everybody else on it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

import psutil

from cutover.core.load.lines import Resources

EVERY_SECONDS = 2.0
OTHERS = "other programs"
NAMES: Sequence[tuple[str, str]] = (  # (a part of the command line, what it is called)
    ("service.entrypoints.server", "API"),
    ("awslambdaric", "Lambda environments"),
    ("cutover.rehearsal.edge", "edge"),
    ("cutover.rehearsal.aws", "AWS stand-in"),
    ("moto.server", "moto"),
    ("postgres", "PostgreSQL"),
    ("valkey", "Valkey"),
    ("osmem", "search"),
    ("opensearch", "search"),
    ("-m cutover", "cutover"),
)
GENERATORS = ("locust",)  # each of them tells of itself


def on_this_machine(url: str, address: str = "") -> bool:
    """Whether a target is on this machine's loopback: by its host, or by the address that is connected to instead."""
    host = address or urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def called(command: Sequence[str]) -> str:
    """What a program is called by its command line; "" for one that is not counted."""
    text = " ".join(command)
    if not text or any(name in text for name in GENERATORS):
        return ""
    return next((name for part, name in NAMES if part in text), OTHERS)


@dataclass(slots=True)
class Machine:
    """Measures since the last time. `everybody`: this machine and all on it, not only this process."""

    everybody: bool
    others: bool = False
    worker: str = ""
    _own: psutil.Process = field(default_factory=psutil.Process)
    _names: dict[int, str] = field(default_factory=dict)  # of every process that was seen
    _processes: dict[int, psutil.Process] = field(default_factory=dict)  # those that are counted
    _used: dict[int, float] = field(default_factory=dict)  # seconds of a core, at the last time
    _machine: float = 0.0
    _generator: float = 0.0
    _at: float = 0.0

    def sample(self, now: float) -> Resources | None:
        """How many cores each used since the last time; None at the first."""
        before, self._at = self._at, now
        used = self._since_last()
        if not before or now <= before:
            return None
        cores = {name: round(max(0.0, seconds) / (now - before), 3) for name, seconds in used.items()}
        return Resources(int(now), psutil.cpu_count() or 1, cores, self.worker)

    def _since_last(self) -> dict[str, float]:
        """Seconds of a core by name."""
        generator = sum(self._own.cpu_times()[:2])
        used, self._generator = {"generator": generator - self._generator}, generator
        if self.everybody:
            machine = _busy()
            used["machine"], self._machine = machine - self._machine, machine
        if self.others:
            self._look_around(used)
        return used

    def _look_around(self, used: dict[str, float]) -> None:
        running = set(psutil.pids())
        for gone in self._names.keys() - running:
            del self._names[gone]
            self._processes.pop(gone, None)
            self._used.pop(gone, None)
        for new in running - self._names.keys():
            self._meet(new)
        for number, process in self._processes.items():
            try:
                seconds = sum(process.cpu_times()[:2])
            except psutil.Error:
                continue
            name = self._names[number]
            used[name] = used.get(name, 0.0) + max(0.0, seconds - self._used.get(number, seconds))
            self._used[number] = seconds

    def _meet(self, number: int) -> None:
        """Read a program's command line, once: that is what takes time."""
        try:
            process = psutil.Process(number)
            name = "" if number == os.getpid() else called(process.cmdline())
        except psutil.Error:
            name = ""
        self._names[number] = name
        if name:
            self._processes[number] = process


def _busy() -> float:
    """Seconds of all cores in which they did anything, since the machine started."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # they are in user and nice, too
    return float(sum(times) - idle - guests)
