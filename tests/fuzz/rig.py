"""Schemathesis as a command: its configuration, and one run against one side of a stack."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cutover.rehearsal.stack.process import CHECKOUT

DESCRIPTION = CHECKOUT / "service" / "openapi.json"
USERS = ("alice", "bob")  # neither may see what the other has
# Whether the bytes of a file, its name and its type agree, and whether a list has a good row, is no matter of a schema.
ALSO_FOR_FILES = ("400", "413", "415")
FILE_OPERATIONS = (
    "createMOCWithFiles",
    "uploadAvatar",
    "uploadImage",
    "uploadMOCFiles",
    "uploadPartsList",
    "uploadPartsListAndParse",
    "uploadWishlistImage",
)
# Name and type of the file that is to come have to agree there, too.
PRESIGN_OPERATIONS = (
    "presignMOCFile", "presignPartsList", "presignImage", "presignAvatar", "presignWishlistImage",
)  # fmt: skip
REFUSED = ("400", "401", "403", "404", "405", "409", "413", "415", "422")
# In scenarios what another request was answered takes the place of what was wrong: then it is right, and not refused.
ACCEPTED = ("2xx", "3xx", "401", "403", "404", "409", "429")


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a run; `output` names each failure with a curl line that repeats it."""

    ok: bool
    output: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How much: `examples` of each operation at most, and so many `scenarios` of several requests.

    The requests of a scenario use what others were answered: by the links of the description, and, if `inferred`, by
    what Schemathesis finds to go together besides.
    """

    examples: int
    scenarios: int
    inferred: bool = True


def configure(folder: Path, tokens: Mapping[str, str], plan: Plan) -> Path:
    """Write the configuration of a run for these users: its file."""
    entries = [
        {"name": user, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {tokens[user]}"}]} for user in USERS
    ]
    users = folder / "users.json"
    users.write_text(json.dumps({"auth": entries}), encoding="utf-8")
    statuses = json.dumps([*ACCEPTED, *ALSO_FOR_FILES])
    config = folder / "schemathesis.toml"
    config.write_text(
        f"""
[auth.wfc]
path = {json.dumps(str(users))}
user = "{USERS[0]}"
peers = {json.dumps(USERS)}

[parameters]
"path.userId" = "me"

[generation]
max-examples = {plan.examples}

[phases.stateful.inference]
algorithms = {json.dumps(["location-headers", "dependency-analysis"] if plan.inferred else [])}

[phases.stateful.generation]
max-examples = {plan.scenarios}

[phases.stateful.checks.negative_data_rejection]
enabled = false

[checks.negative_data_rejection]
expected-statuses = {json.dumps(REFUSED)}

[[operations]]
include-operation-id = {json.dumps([*FILE_OPERATIONS, *PRESIGN_OPERATIONS])}
[operations.checks.positive_data_acceptance]
expected-statuses = {statuses}
""",
        encoding="utf-8",
    )
    return config


def run(config: Path, url: str, options: Sequence[str], *, seconds: float) -> Run:
    """One run against the API at that address; one that takes longer than `seconds` is ended, and has failed."""
    command = [sys.executable, "-W", "ignore", "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    command += ["--config-file", str(config), "run", str(DESCRIPTION), "--url", url, "--no-color"]
    env = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": str(CHECKOUT)}
    told = subprocess.run(
        [*command, *options],
        cwd=config.parent,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    return Run(told.returncode == 0, told.stdout.decode(errors="replace"))
