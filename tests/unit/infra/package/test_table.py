"""The tables: on a terminal and in the document."""

import io

import pytest
from rich.console import Console

from infra.package.archive import Archive
from infra.package.contents import CORE, IMAGES, MIGRATIONS
from infra.package.table import BEGIN, END, NoPlace, distributions, document, functions, terminal, totals
from infra.package.weights import Weight, Weights

MB = 1_000_000
WEIGHTS = Weights(
    "arm64",
    "3.13",
    {
        CORE: [
            Weight("light", "1.0", 100_000, 50_000, 0),
            Weight("botocore", "1.40", 20 * MB, 2 * MB, MB),
            Weight("lighter", "1.0", 100_000, 0, 10_000),
            Weight("cryptography", "50", 15 * MB, MB, 11 * MB),
        ],
        IMAGES: [Weight("pyvips-binary", "8.18", 19 * MB, 0, 19 * MB)],
        MIGRATIONS: [],
    },
    {
        CORE: Archive("layer-core.zip", "0" * 64, 17 * MB, 46 * MB, 1680),
        IMAGES: Archive("layer-images.zip", "0" * 64, 8 * MB, 19 * MB, 22),
        MIGRATIONS: Archive("layer-migrations.zip", "0" * 64, MB, 2 * MB, 107),
        "service": Archive("service.zip", "0" * 64, MB, 2 * MB, 500),
        "reindex": Archive("reindex.zip", "0" * 64, MB, MB, 90),
    },
)


def test_the_heaviest_comes_first_and_the_light_share_a_line() -> None:
    assert list(distributions(WEIGHTS)) == [
        ("core", "cryptography 50", "15.00", "1.00", "11.00", "12.00"),
        ("core", "botocore 1.40", "20.00", "2.00", "1.00", "3.00"),
        ("core", "2 lighter ones", "0.20", "0.05", "0.01", "0.06"),
        ("images", "pyvips-binary 8.18", "19.00", "0.00", "19.00", "19.00"),
    ]


def test_an_archive_says_what_it_may_be() -> None:
    assert next(iter(totals(WEIGHTS))) == ("layer-core.zip", "1680", "46.00", "60.00", "17.00")
    assert list(totals(WEIGHTS))[3] == ("service.zip", "500", "2.00", "", "1.00")


def test_a_function_is_its_layers_and_its_code() -> None:
    assert ("service with images", "core + images + service", "67.00", "100.00") in list(functions(WEIGHTS))


def test_the_document_holds_the_tables_between_its_marks() -> None:
    made = document(f"# Before\n\n{BEGIN}\nold\n{END}\n\nafter\n", [WEIGHTS])

    assert made.startswith(f"# Before\n\n{BEGIN}\n\n### arm64, Python 3.13")
    assert made.endswith(f"{END}\n\nafter\n")
    assert "old" not in made
    assert "| layer | distribution | downloaded |" in made
    assert "| --- | --- | --: |" in made
    assert document(made, [WEIGHTS]) == made


@pytest.mark.parametrize("text", ["", f"{BEGIN} only", f"{END} only"])
def test_a_document_without_marks_is_refused(text: str) -> None:
    with pytest.raises(NoPlace):
        document(text, [WEIGHTS])


def test_a_terminal_shows_all_three() -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(*terminal(WEIGHTS))
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above

    assert all(
        words in shown for words in ("What weighs what: arm64", "cryptography 50", "layer-core.zip", "core + images")
    )
