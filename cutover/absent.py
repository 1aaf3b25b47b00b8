"""What stands behind a port when the settings name nothing: it is never asked, or says that there is nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cutover.core.account import NOTHING_INSPECTED, AccountFacts
from cutover.core.adopting import LambdaTarget
from cutover.core.boards.answers import AlarmState, Drawn, Rows
from cutover.core.estate import Inventory, Scale
from cutover.core.load.order import CannotLoad, Ended, Order
from cutover.core.load.profile import Profile
from cutover.core.oci import Receipt
from cutover.core.parts import Part
from cutover.core.reindex.models import ReindexStopped, Standing
from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.run import Moved, Ran, Seen
from cutover.core.surroundings import NOTHING_KNOWN, EcsCapacity, Surroundings
from cutover.core.usage import Usage
from cutover.core.web import Heard, Place, Trouble


class NoSurveyor:
    """A Surveyor that has nothing to ask."""

    def survey(self, deadline_seconds: float) -> Surroundings:
        """No fact."""
        return NOTHING_KNOWN


class NoKillSwitch:
    """A KillSwitch that the settings do not name; ask `is_set_up` first."""

    is_set_up = False
    by_hand = ""

    def serving(self) -> bool:
        """Nothing takes Lambda out of the answers."""
        return True

    def throw(self, *, serving: bool, reason: str) -> None:
        """Nothing happens."""


class NoEcsService:
    """An EcsService that the settings do not name; ask `is_set_up` first."""

    is_set_up = False

    def capacity(self) -> EcsCapacity:
        """Nothing is known of it: no task that a decision could count on."""
        return EcsCapacity(0, 0)

    def raise_to(self, tasks: int) -> None:
        """Nothing happens."""


class SilentNotifier:
    """A Notifier without channels."""

    def tell(self, notice: Any) -> None:
        """Nobody is told."""

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Nothing is under way."""
        return ()


class NoTrail:
    """A Trail that can't be asked."""

    def changes(self, since: datetime, until: datetime) -> Sequence[Any]:
        """No change is known."""
        return ()


class NoProbes:
    """Probes that reach nobody."""

    def ask(self, place: Place, method: str, path: str, headers: Mapping[str, str], read_seconds: float) -> Heard:
        """No answer."""
        return Heard(0.0, trouble=Trouble.REFUSED, detail="nobody is asked")


class NoEstate:
    """An Estate that the settings do not name; ask `is_set_up` first."""

    is_set_up = False

    def scale(self) -> Scale | None:
        """There is no service."""
        return None

    def set_scale(self, scale: Scale) -> None:
        """Nothing happens."""

    def inventory(self) -> Inventory:
        """Nothing belongs to it."""
        return Inventory("", "", "", "")

    def export(self, inventory: Inventory) -> Mapping[str, str]:
        """No document."""
        return {}

    def present(self, part: Part) -> bool:
        """Nothing is there."""
        return False

    def delete(self, part: Part) -> None:
        """Nothing happens."""


class NoArchive:
    """An ImageArchive without a bucket; ask `is_set_up` first."""

    is_set_up = False

    def keep(self, name: str, text: str) -> str:
        """It is kept nowhere."""
        return ""

    def images(self, repository: str) -> Mapping[str, tuple[str, ...]] | None:
        """No repository is known."""
        return None

    def copy(self, repository: str, now: datetime, told: Any) -> Receipt:
        """Nothing is copied."""
        return Receipt(repository, now, {}, {})

    def receipt(self, repository: str) -> Receipt | None:
        """There is none."""
        return None

    def verify(self, receipt: Receipt) -> Sequence[str]:
        """Nothing is there."""
        return ["there is no archive"]

    def delete(self, repository: str) -> None:
        """Nothing happens."""


class NoUsage:
    """A UsageSource that can't be asked."""

    def read(self, since: datetime, until: datetime) -> Usage:
        """Nothing is known."""
        return Usage(until - since)


class NoAccount:
    """An Account that is not there: AWS is a stand-in."""

    def inspect(self, deadline_seconds: float) -> AccountFacts:
        """No fact."""
        return NOTHING_INSPECTED


class NoTargetFinder:
    """A TargetFinder without an API to ask."""

    def find(self) -> LambdaTarget | None:
        """Nothing is known."""
        return None


class NoReindexing:
    """A Reindexing without a search cluster; ask `is_set_up` first."""

    is_set_up = False

    def look(self, alias: str) -> Seen:
        """Nothing is there."""
        return Seen(Standing(alias, None, concrete=False), 0, None)

    def run(self, alias: str, listener: Any, *, fresh: bool = False, loaded: str = "") -> Ran:
        """Nothing can be made."""
        raise _NOTHING_TO_REINDEX

    def verify(self, alias: str, listener: Any) -> Ran:
        """Nothing is there."""
        raise _NOTHING_TO_REINDEX

    def swap(self, alias: str, wish: Any, listener: Any) -> Moved:
        """Nothing is there."""
        raise _NOTHING_TO_REINDEX

    def roll_back(self, alias: str, listener: Any) -> Moved:
        """Nothing is there."""
        raise _NOTHING_TO_REINDEX

    def prune(self, alias: str, *, everything: bool, dry_run: bool) -> Pruning:
        """Nothing is there."""
        return Pruning(alias, (), ())


class NoLoadGenerator:
    """A LoadGenerator where there is none."""

    def profile(self, name: str) -> tuple[Profile, str]:
        """Nothing is known."""
        raise _NO_GENERATOR

    def claim(self, order: Order) -> None:
        """Nothing can be run."""
        raise _NO_GENERATOR

    def run(self, order: Order, follower: Any) -> Ended:
        """Nothing can be run."""
        raise _NO_GENERATOR


class NoMeter:
    """A Meter that sends nothing."""

    def put(self, readings: Any) -> None:
        """Nothing is sent."""

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Nothing waits."""
        return ()


class NoMarker:
    """A Marker without a dashboard."""

    def mark(self) -> None:
        """Nothing is marked."""

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Nothing is under way."""
        return ()


class NoBoards:
    """A Boards that has none, and knows no number."""

    def names(self, prefix: str) -> Sequence[str]:
        """There is none."""
        return ()

    def body(self, name: str) -> str | None:
        """There is none."""
        return None

    def replace(self, name: str, body: str) -> Sequence[str]:
        """Nothing happens."""
        return ()

    def values(self, queries: Any, since: datetime, until: datetime) -> Sequence[Drawn]:
        """Nothing was measured."""
        return ()

    def alarms(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """There is none."""
        return {}

    def rows(self, groups: Sequence[str], query: str, since: datetime, until: datetime) -> Rows:
        """There is none."""
        return Rows()


_NO_GENERATOR = CannotLoad("there is no load generator here")
_NOTHING_TO_REINDEX = ReindexStopped(
    "the settings name no search cluster, so there is nothing to reindex: set reindex.endpoint", "cutover reindex plan"
)
NO_ACCOUNT = NoAccount()
NO_TARGET_FINDER = NoTargetFinder()
NO_SURVEYOR = NoSurveyor()
NO_KILL_SWITCH = NoKillSwitch()
NO_ECS_SERVICE = NoEcsService()
SILENT = SilentNotifier()
NO_TRAIL = NoTrail()
NO_PROBES = NoProbes()
NO_ESTATE = NoEstate()
NO_ARCHIVE = NoArchive()
NO_USAGE = NoUsage()
NO_REINDEXING = NoReindexing()
NO_LOAD_GENERATOR = NoLoadGenerator()
NO_METER = NoMeter()
NO_MARKER = NoMarker()
NO_BOARDS = NoBoards()
