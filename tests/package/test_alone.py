"""Each program of the package starts with nothing but its own layers: what is left out is missed by none."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from infra.functions import FUNCTIONS, MIGRATE, Function
from infra.package.contents import LEFT_OUT, LEFT_OUT_OF_PROJECT, REINDEX_TASKS
from tests.integration.postgres import Postgres
from tests.package.lambda_folders import LambdaFolders, layers_of

SECONDS = 60.0
NOBODY = "127.0.0.1:1"  # a start waits for nobody, so nobody needs to be there
SETTINGS = {
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_REGION": "us-east-1",
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_DATABASE": "lego",
    "POSTGRES_USERNAME": "lego",
    "POSTGRES_PASSWORD": "",
    "REDIS_ENDPOINT": NOBODY,
    "OPENSEARCH_ENDPOINT": f"http://{NOBODY}",
    "S3_BUCKET": "lego",
    "COGNITO_ISSUER": "https://issuer.test",
    "COGNITO_CLIENT_ID": "client",
    "COGNITO_JWKS_URL": f"http://{NOBODY}/jwks.json",
    "STAGE": "development",
}
ABSENT = sorted({name for names in LEFT_OUT.values() for name in names} | set(LEFT_OUT_OF_PROJECT))
MODULES = {"dnspython": "dns", "opensearch-protobufs": "opensearch.protobufs"}
# Imported later, when they are first needed; a start does not show that they are whole.
LATER = ("aioboto3", "boto3", "opensearchpy", "service.cache.cluster", "service.db.orm")


def run(
    folders: LambdaFolders,
    layers: Sequence[str],
    code: str,
    env: Mapping[str, str] = SETTINGS,
    task: Path | None = None,
) -> str:
    """What the code prints on Lambda's Python, with /var/task as its folder and these layers in /opt."""
    told = subprocess.run(
        folders.command("-W", "error::ImportWarning", "-c", code),
        cwd=task or folders.task,
        env={**env, "PYTHONPATH": folders.python_path(folders.opt(*layers))},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_starts_with_its_own_layers(folders: LambdaFolders, function: Function) -> None:
    module, _, name = function.handler.rpartition(".")
    code = f"import {module}, sys; print(callable({module}.{name}), sys.modules[{module!r}].__file__)"

    told = run(folders, layers_of(function), code)

    assert told == f"True {folders.task / module.replace('.', '/')}.py"


def test_what_is_imported_later_is_there_too(folders: LambdaFolders) -> None:
    assert run(folders, (), f"import {', '.join(LATER)}; print('imported')") == "imported"


def test_pictures_are_rendered_by_the_binding_that_comes_compiled(folders: LambdaFolders) -> None:
    code = "import pyvips; print(pyvips.API_mode, pyvips.Image.black(8, 4).webpsave_buffer()[8:12])"
    assert run(folders, ("images",), code) == "True b'WEBP'"


def test_nothing_that_was_left_out_is_there(folders: LambdaFolders) -> None:
    modules = [MODULES.get(name, name.replace("-", "_")) for name in ABSENT]
    code = (
        "from importlib.util import find_spec\n"
        "def there(name):\n"
        "    top, _, below = name.partition('.')\n"
        "    return find_spec(top) is not None and (not below or find_spec(name) is not None)\n"
        f"print([name for name in {modules!r} if there(name)])"
    )
    assert run(folders, ("images",), code) == "[]"


@pytest.mark.parametrize("module", REINDEX_TASKS)
def test_a_task_of_the_reindex_starts_alone(folders: LambdaFolders, module: str) -> None:
    code = f"import {module}, sys; print(sorted(n for n in sys.modules if n.split('.')[0] == 'cutover')[:3])"
    assert "cutover.core" in run(folders, (), code, task=folders.reindex_task)


def test_the_migration_migrates(folders: LambdaFolders, postgres: Postgres, empty_database: str) -> None:
    module, _, name = MIGRATE.handler.rpartition(".")
    code = (
        f"import json, {module} as program\n"
        "class Context:\n"
        "    def get_remaining_time_in_millis(self):\n"
        "        return 60000\n"
        f"print(json.dumps(program.{name}({{}}, Context())))"
    )
    address = postgres.address(empty_database)
    own = {
        "POSTGRES_PORT": str(address.port),
        "POSTGRES_DATABASE": address.database,
        "POSTGRES_USERNAME": address.username,
    }

    told = run(folders, ("migrations",), code, {**SETTINGS, **own})

    applied = json.loads(told.splitlines()[-1])["applied"]
    assert postgres.run("SELECT version_num FROM alembic_version", empty_database) == applied[-1:]
    assert len(applied) > 3
