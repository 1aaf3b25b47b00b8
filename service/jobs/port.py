"""Handing a parts list over to whoever parses it."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ParseJob:
    """The parts list to parse. Parsing one twice changes nothing, so a job may be handed over twice."""

    parts_list_id: UUID


class HandOverFailed(Exception):
    """Nobody took the job."""


class ParseJobs(Protocol):
    """Takes jobs; the answer does not wait for the parsing."""

    async def hand_over(self, job: ParseJob) -> None:
        """Make sure that somebody will parse it. Raises HandOverFailed."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
