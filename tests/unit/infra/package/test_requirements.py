"""The project's pins and hashes of chosen distributions."""

from pathlib import Path

import pytest

from infra.package.contents import LAYERS
from infra.package.requirements import NotPinned, Pin, as_requirements, chosen, normalized, pins

A, B = "a" * 64, "b" * 64
TEXT = f"""\
# a comment
aiohttp==3.14.5 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
async-timeout==5.0.1 ; python_full_version < '3.11.3' \\
    --hash=sha256:{A}
bare==1.0
"""


def test_a_pin_has_a_version_and_all_its_hashes() -> None:
    known = pins(TEXT)

    assert known["aiohttp"] == Pin("aiohttp", "3.14.5", frozenset({A, B}))
    assert known["async-timeout"] == Pin("async-timeout", "5.0.1", frozenset({A}))


def test_what_is_chosen_comes_in_order_and_alone() -> None:
    assert [pin.name for pin in chosen(pins(TEXT), ["async-timeout", "aiohttp"])] == ["aiohttp", "async-timeout"]


@pytest.mark.parametrize("name", ["absent", "bare"])
def test_what_is_not_pinned_with_a_hash_is_refused_by_name(name: str) -> None:
    with pytest.raises(NotPinned, match=f"no {name} with hashes: run `tox run -e pin`"):
        chosen(pins(TEXT), ["aiohttp", name])


def test_a_file_of_them_has_no_markers() -> None:
    written = as_requirements(chosen(pins(TEXT), ["aiohttp", "async-timeout"]))

    assert written.splitlines() == [
        f"aiohttp==3.14.5 --hash=sha256:{A} --hash=sha256:{B}",
        f"async-timeout==5.0.1 --hash=sha256:{A}",
    ]


def test_names_have_one_spelling() -> None:
    assert {normalized(name) for name in ("Opensearch_Py", "opensearch.py", "opensearch-py")} == {"opensearch-py"}


def test_the_projects_own_file_pins_the_whole_package() -> None:
    known = pins((Path(__file__).parents[4] / "requirements.txt").read_text())
    assert len(chosen(known, [name for layer in LAYERS.values() for name in layer])) > 40
