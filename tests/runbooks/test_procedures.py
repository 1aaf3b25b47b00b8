"""Every procedure, followed from its first command to its last, with the output that the page promises."""

import pytest

from tests.runbooks import pages
from tests.runbooks.site import Site

pytestmark = pytest.mark.xdist_group("runbooks")


@pytest.mark.parametrize("name", pages.names_of(pages.PROCEDURES))
def test_the_commands_of_a_procedure_do_what_its_page_says(site: Site, name: str) -> None:
    page = pages.page_of(pages.PROCEDURES, name)
    shell = site.follows(page)
    pages.follow(shell, page, page.commands, lambda *_: None)
