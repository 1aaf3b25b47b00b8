"""Every procedure, followed from its first command to its last, with the output that the page promises."""

import pytest

from tests.runbooks import account, pages
from tests.runbooks.page import parse
from tests.runbooks.site import Site

pytestmark = pytest.mark.xdist_group("runbooks")

WITHOUT_FRONT = "---\nowner: everybody\n---\n"  # the index is the one page that has none


def test_a_shell_is_set_up_as_the_index_says(site: Site) -> None:
    account.make(site.stack.places.aws_url)
    page = parse(WITHOUT_FRONT + (pages.FOLDER / "README.md").read_text(encoding="utf-8"), "README.md")
    shell = site.follows(page)
    given = site.environment(site.folder)
    names = ("STAGE", "ZONE_ID", "CLUSTER", "API_ID", "DEAD_LETTERS", "SWITCH_BUCKET", "OWNER_SECRET", "DATABASE_URL")
    shell.run(f"unset {' '.join(names)}")
    assert shell.run("printenv STAGE").exit == 1
    pages.follow(shell, page, page.commands, lambda *_: None)
    for name in names[:-1]:
        assert shell.run(f"printenv {name}").output.strip().endswith(given[name].rpartition("/")[2]), name


@pytest.mark.parametrize("name", pages.names_of(pages.PROCEDURES))
def test_the_commands_of_a_procedure_do_what_its_page_says(site: Site, name: str) -> None:
    page = pages.page_of(pages.PROCEDURES, name)
    shell = site.follows(page)
    pages.follow(shell, page, page.commands, lambda *_: None)
