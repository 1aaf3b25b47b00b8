"""From a template and facts to a page: everything is escaped that is not known to be markup, nothing is fetched."""

import re
from pathlib import Path
from typing import Any

import jinja2

from cutover.render.page import style

FOLDER = Path(__file__).parent


def page(template: Path, **facts: Any) -> str:
    """The page; the template extends `base.html.j2`. Raises jinja2.UndefinedError where a fact is missing."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, FOLDER]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["whole"] = whole
    text = environment.get_template(template.name).render(style=style.css(), script=style.script(), **facts)
    return text if text.endswith("\n") else text + "\n"


def whole(text: object) -> str:
    """The text with numbers that no end of a line cuts: groups of digits, units and factors stay together."""
    return re.sub(r"(?<=\d) (?=\d{3}(?!\d)|ms\b|s\b|of\b)|(?<=×) ", "\N{NO-BREAK SPACE}", str(text))
