"""What stands behind a port when the settings name nothing: it is never asked, or says that there is nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cutover.core.surroundings import NOTHING_KNOWN, EcsCapacity, Surroundings


class NoSurveyor:
    """A Surveyor that has nothing to ask."""

    def survey(self, deadline_seconds: float) -> Surroundings:
        """No fact."""
        return NOTHING_KNOWN


class NoKillSwitch:
    """A KillSwitch that the settings do not name; ask `is_set_up` first."""

    is_set_up = False

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


NO_SURVEYOR = NoSurveyor()
NO_KILL_SWITCH = NoKillSwitch()
NO_ECS_SERVICE = NoEcsService()
SILENT = SilentNotifier()
NO_TRAIL = NoTrail()
