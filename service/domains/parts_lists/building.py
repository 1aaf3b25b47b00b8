"""Builds what parses parts lists, without anything of HTTP."""

from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.repository import PartsListRepository
from service.runtime import Runtime


def build_parser(runtime: Runtime) -> PartsListParser:
    """Whoever parses, wherever it runs."""
    return PartsListParser(
        lists=PartsListRepository(runtime.database),
        writes=runtime.writes,
        storage=runtime.storage,
        index=runtime.index,
    )
