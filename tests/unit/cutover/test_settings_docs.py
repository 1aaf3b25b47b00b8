"""`cutover.toml` is described by the code that reads it: no key without a meaning, no default but the real one."""

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cutover.core.models import Limits
from cutover.render.settings_text import EXAMPLES, example, main, settings_text, spelled
from cutover.sections import GateSettings, Section
from cutover.settings import Settings, load
from cutover.settings_docs import REQUIRED, tables

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "runbooks" / "cutover.example.toml"
UNCOMMENTED = re.compile(r"^# (?=\[\[|[a-z0-9_]+ = )", re.MULTILINE)


def minimal(tmp_path: Path) -> Settings:
    """The settings with nothing said but what must be."""
    path = tmp_path / "minimal.toml"
    path.write_text(
        f'name = "{EXAMPLES["name"]}"\nhosted_zone_id = "{EXAMPLES["hosted_zone_id"]}"\n'
        f'[ecs]\nload_balancer = "{EXAMPLES["ecs.load_balancer"]}"\n[lambda]\napi_id = "{EXAMPLES["lambda.api_id"]}"\n'
    )
    return load(path)


def test_the_example_in_the_runbooks_is_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    again = f"write it anew: python -m cutover.render.settings_text > {EXAMPLE.relative_to(ROOT)}"
    assert EXAMPLE.read_text(encoding="utf-8") == capsys.readouterr().out, again


def test_every_key_of_every_section_has_a_meaning() -> None:
    assert [f"{table.name}.{key.name}" for table in tables() for key in table.keys if not key.meaning] == []
    assert [table.name for table in tables() if not table.meaning] == []


def test_every_limit_of_the_judge_is_a_key_with_the_same_default(tmp_path: Path) -> None:
    assert {field.name for field in dataclasses.fields(Limits)} == {*GateSettings.__struct_fields__}
    assert minimal(tmp_path).limits == Limits()


def test_every_field_of_the_settings_is_described() -> None:
    described = {f"{table.name}.{key.name}".lstrip(".") for table in tables() for key in table.keys}

    assert described == set(_keys("", Settings))


def _keys(name: str, section: type[Section]) -> list[str]:
    found: list[str] = []
    for field in msgspec.structs.fields(section):
        child = f"{name}.{field.encode_name}".lstrip(".")
        inner = [one for one in Section.__subclasses__() if one.__name__ in str(field.type)]
        found += _keys(child, inner[0]) if inner else [child]
    return found


def test_the_example_loads_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "minimal.toml"
    path.write_text(example(), encoding="utf-8")

    assert load(path) == minimal(tmp_path)


def test_the_defaults_that_it_shows_are_the_real_ones(tmp_path: Path) -> None:
    path = tmp_path / "minimal.toml"
    path.write_text(UNCOMMENTED.sub("", example()), encoding="utf-8")

    assert "weekly" in tomllib.loads(path.read_text())["freeze"]
    assert load(path) == minimal(tmp_path)


@pytest.mark.parametrize(
    "value",
    ["", 'a "b" \\ \n\x7f\u00e9', True, False, 3, 2.5, 1e22, ["a", "b"], [], {}, {"a b": 1.0}, {"x": ["y"]}],
)
def test_a_value_is_spelled_in_toml(value: Any) -> None:
    assert tomllib.loads(f"key = {spelled(value)}") == {"key": value}


def test_what_is_known_stands_there_and_what_is_not_says_how_to_find_it() -> None:
    known: Mapping[str, Any] = {"name": "a.example.com", "ecs.cluster": "prod", "lambda.functions": ("f", "g")}

    text = settings_text(known, {"lambda.api_id": "look here"})

    found = tomllib.loads(text)
    assert (found["name"], found["ecs"], found["lambda"]) == (
        "a.example.com",
        {"cluster": "prod"},
        {"functions": ["f", "g"]},
    )
    assert '# api_id = ""  # ' in text
    assert "\n# to find api_id: look here\n" in text


def test_what_must_be_said_has_no_default() -> None:
    needed = {
        f"{table.name}.{key.name}".lstrip(".") for table in tables() for key in table.keys if key.default is REQUIRED
    }

    assert needed == {*EXAMPLES, "ladder.weight", "ladder.bake", "freeze.weekly.start", "freeze.weekly.end"}
