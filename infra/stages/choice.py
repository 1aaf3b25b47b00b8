"""Which stage is meant: by name, a developer's own one included."""

import re
from dataclasses import replace

from infra.stages.dev import DEV
from infra.stages.model import Stage
from infra.stages.production import PRODUCTION
from infra.stages.staging import STAGING

STAGES = {stage.name: stage for stage in (DEV, STAGING, PRODUCTION)}
_DEVELOPER = re.compile(r"[a-z][a-z0-9]{0,11}")


class UnknownStage(Exception):
    """There is no such stage; the message says which there are."""


def stage_of(name: object, developer: object = None) -> Stage:
    """The stage of this name; with `developer`, a development stage of their own, `dev-NAME`. Raises UnknownStage."""
    stage = STAGES.get(str(name))
    if stage is None:
        raise UnknownStage(f"say which stage: -c stage={'|'.join(STAGES)}" + (f", not {name}" if name else ""))
    if developer is None:
        return stage
    if stage is not DEV:
        raise UnknownStage(
            f"only the dev stage has developers of its own: -c developer={developer} is for -c stage=dev"
        )
    if not _DEVELOPER.fullmatch(str(developer)):
        raise UnknownStage(
            f"-c developer={developer} is no name: up to 12 lower-case letters and digits, a letter first"
        )
    return replace(stage, name=f"{stage.name}-{developer}")
