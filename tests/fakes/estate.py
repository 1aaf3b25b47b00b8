"""The ECS side's resources, the image archive and the usage in memory, for worlds whose migration ends."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cutover.core.estate import Inventory, Scale
from cutover.core.oci import Receipt
from cutover.core.parts import Part
from cutover.core.usage import Usage
from cutover.ports import ArchiveBroken, NotFound

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/api/123"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/api/456"
INVENTORY = Inventory(
    cluster="arn:aws:ecs:us-east-1:123456789012:cluster/prod",
    service="arn:aws:ecs:us-east-1:123456789012:service/prod/api",
    task_definition="arn:aws:ecs:us-east-1:123456789012:task-definition/api:7",
    load_balancer=BALANCER,
    target_groups=(GROUP,),
)


@dataclass
class FakeEstate:
    """An Estate in memory; tasks start and end at the second look."""

    is_set_up: bool = False
    size: Scale | None = field(default_factory=lambda: Scale(4, 4, 2, 8))
    belongs: Inventory = INVENTORY
    stuck: bool = False  # tasks neither start nor end
    lingering: int = 0  # looks at which a deleted part is still there
    deleted: list[str] = field(default_factory=list)
    set_to: list[Scale] = field(default_factory=list)
    calls: Any = None
    failing: dict[str, list[Exception]] = field(default_factory=dict)

    def scale(self) -> Scale | None:
        """Its size; afterwards as many run as are asked for."""
        now = self.size
        if now is not None and not self.stuck:
            self.size = Scale(now.desired, now.desired, now.least, now.most)
        return now

    def set_scale(self, scale: Scale) -> None:
        """Take it; those that run do not change yet."""
        with self._made("set_scale"):
            before = self.size or Scale(0, 0)
            least = before.least if scale.least is None else scale.least
            most = before.most if scale.most is None else scale.most
            self.size = Scale(scale.desired, before.running, least, most)
            self.set_to.append(self.size)

    def inventory(self) -> Inventory:
        """What belongs to it."""
        if self.size is None:
            raise NotFound("the ECS service 'api' is not in 'prod': check ecs.service")
        return self.belongs

    def export(self, inventory: Inventory) -> Mapping[str, str]:
        """One document each, with the size that it has at that time."""
        names = ("zone", "create-service", "register-task-definition", "create-target-group-1", "load-balancer")
        return {name: json.dumps({"document": name, "desired": self.size and self.size.desired}) for name in names}

    def present(self, part: Part) -> bool:
        """Whether it was not deleted, or lingers."""
        if part.id in self.deleted and self.lingering > 0:
            self.lingering -= 1
            return True
        return part.id not in self.deleted

    def delete(self, part: Part) -> None:
        """Delete it."""
        with self._made(f"delete {part.kind.value}"):
            self.deleted.append(part.id)
            if part.id == self.belongs.service:
                self.size = None

    @contextmanager
    def _made(self, name: str) -> Iterator[None]:
        if queue := self.failing.get(name):
            raise queue.pop(0)
        if self.calls is None:
            yield
            return
        with self.calls.made(name):
            yield


@dataclass
class FakeArchive:
    """An ImageArchive in memory."""

    is_set_up: bool = False
    repositories: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    broken: str = ""
    deleted: list[str] = field(default_factory=list)

    def keep(self, name: str, text: str) -> str:
        """Store a document."""
        if not self.is_set_up:
            return ""
        self.documents[name] = text
        return f"s3://archive/{name}"

    def images(self, repository: str) -> Mapping[str, tuple[str, ...]] | None:
        """Its images."""
        return self.repositories.get(repository)

    def copy(self, repository: str, now: datetime, told: Callable[[str], None]) -> Receipt:
        """Copy everything that is there."""
        if self.broken:
            raise ArchiveBroken(self.broken)
        images = self.repositories[repository]
        for digest in images:
            told(f"{repository}: {digest}")
        receipt = Receipt(repository, now, dict(images), dict.fromkeys(images, 1_500_000))
        self.receipts[repository] = receipt
        return receipt

    def receipt(self, repository: str) -> Receipt | None:
        """The newest."""
        return self.receipts.get(repository)

    def verify(self, receipt: Receipt) -> Sequence[str]:
        """What is damaged."""
        return [f"{digest} is not in the archive" for digest in receipt.objects if digest in self.damaged]

    def delete(self, repository: str) -> None:
        """Delete it."""
        self.repositories.pop(repository, None)
        self.deleted.append(repository)


@dataclass
class FakeUsage:
    """A UsageSource that says the same of every span, and remembers which it was asked for."""

    used: Callable[[datetime, datetime], Usage] = lambda since, until: Usage(until - since)
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def read(self, since: datetime, until: datetime) -> Usage:
        """What it was told."""
        self.asked.append((since, until))
        return self.used(since, until)
