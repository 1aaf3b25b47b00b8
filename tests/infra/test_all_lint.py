"""cfn-lint on every template of every stage."""

import json
import subprocess
import sys
from pathlib import Path

from infra.stages.choice import STAGES
from tests.infra.whole import whole

# Rules that are set aside everywhere, and why.
NOT_ASKED = {
    "W3005": "CDK writes a DependsOn also where a reference implies it",
}


def test_cloudformation_would_take_every_template() -> None:
    templates = [str(path) for name in STAGES for path in whole(name).paths.values()]
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", "--non-zero-exit-code", "none"]
    ran = subprocess.run(
        [*command, "--ignore-checks", *NOT_ASKED, "--template", *templates], capture_output=True, text=True, check=True
    )
    found = [f"{one['Rule']['Id']} {one['Filename']}: {one['Message']}" for one in json.loads(ran.stdout or "[]")]
    assert found == []
    assert len(templates) > len(STAGES) * 8
