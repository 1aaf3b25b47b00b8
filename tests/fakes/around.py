"""What is around the two sides, scripted: facts, kill switch, ECS, notices, trail, account, targets."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cutover.core.account import NOTHING_INSPECTED, AccountFacts
from cutover.core.adopting import LambdaTarget
from cutover.core.surroundings import NOTHING_KNOWN, EcsCapacity, Surroundings
from cutover.ports import (
    Notice,
    RecordChange,
    SwitchUnavailable,
)


@dataclass
class FakeIdentity:
    """An Identity."""

    name: str = "arn:aws:iam::123456789012:user/ada"

    def actor(self) -> str:
        """Who is acting."""
        return self.name


@dataclass
class FakeSurveyor:
    """A Surveyor that says what it is told to."""

    found: Surroundings = NOTHING_KNOWN
    asked: int = 0

    def survey(self, deadline_seconds: float) -> Surroundings:
        """What it was told."""
        self.asked += 1
        return self.found


@dataclass
class FakeSwitch:
    """A KillSwitch in memory."""

    is_set_up: bool = False
    by_hand: str = "printf 'lambda-serves: no' | aws s3 cp - s3://switches/lambda-serves"
    lambda_serves: bool = True
    failing: str = ""
    thrown: list[tuple[bool, str]] = field(default_factory=list)

    def serving(self) -> bool:
        """Whether Lambda may serve."""
        self._fail()
        return self.lambda_serves

    def throw(self, *, serving: bool, reason: str) -> None:
        """Take Lambda out, or put it back."""
        self._fail()
        self.lambda_serves = serving
        self.thrown.append((serving, reason))

    def _fail(self) -> None:
        if self.failing:
            raise SwitchUnavailable(self.failing)


@dataclass
class FakeEcs:
    """An EcsService in memory."""

    is_set_up: bool = False
    tasks: EcsCapacity = field(default_factory=lambda: EcsCapacity(4, 4, 2))
    failing: BaseException | None = None
    raised_to: list[int] = field(default_factory=list)

    def capacity(self) -> EcsCapacity:
        """Its tasks."""
        if self.failing:
            raise self.failing
        return self.tasks

    def raise_to(self, tasks: int) -> None:
        """Remember it."""
        if self.failing:
            raise self.failing
        self.raised_to.append(tasks)
        self.tasks = replace(self.tasks, desired=max(tasks, self.tasks.desired))


@dataclass
class FakeNotifier:
    """A Notifier that keeps what it was told."""

    told: list[Notice] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def tell(self, notice: Notice) -> None:
        """Keep it."""
        self.told.append(notice)

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """What went wrong."""
        return self.troubles


@dataclass
class FakeTrail:
    """A Trail with scripted changes."""

    known: list[RecordChange] = field(default_factory=list)
    failing: BaseException | None = None

    def changes(self, since: datetime, until: datetime) -> Sequence[RecordChange]:
        """Those of that time."""
        if self.failing:
            raise self.failing
        return [change for change in self.known if since <= change.when < until]


@dataclass
class FakeAccount:
    """An Account that says what it is told to."""

    found: AccountFacts = NOTHING_INSPECTED

    def inspect(self, deadline_seconds: float) -> AccountFacts:
        """What it was told."""
        return self.found


@dataclass
class FakeTargets:
    """A TargetFinder that says what it is told to."""

    found: LambdaTarget | None = None
    failing: BaseException | None = None

    def find(self) -> LambdaTarget | None:
        """What it was told."""
        if self.failing:
            raise self.failing
        return self.found
