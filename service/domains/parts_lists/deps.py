"""Builds the parts-list services, once for the process."""

from service.domains.parts_lists.controller import PartsListController
from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.repository import PartsListRepository
from service.domains.parts_lists.service import PartsListService
from service.domains.parts_lists.sweep import PendingSweep
from service.jobs.in_process import InProcessJobs
from service.jobs.lambda_invoke import LambdaJobs
from service.jobs.port import ParseJobs
from service.runtime import Runtime
from service.web.assembly import Domain


def build_parser(runtime: Runtime) -> PartsListParser:
    """Whoever parses, wherever it runs."""
    return PartsListParser(
        lists=PartsListRepository(runtime.database),
        writes=runtime.writes,
        storage=runtime.storage,
        search=runtime.search,
        background=runtime.background,
    )


def domain(runtime: Runtime) -> Domain:
    """The parts-list routes; a long-lived process also sweeps up lists that nobody finished."""
    parser = build_parser(runtime)
    jobs = _jobs(runtime, parser)
    service = PartsListService(
        lists=parser.lists,
        writes=runtime.writes,
        storage=runtime.storage,
        jobs=jobs,
        parser=parser,
    )
    sweep = PendingSweep(parser.lists, parser)
    return Domain(
        [PartsListController],
        {"parts_lists": service},
        on_startup=[sweep.start],
        on_shutdown=[sweep.stop, jobs.close],
    )


def _jobs(runtime: Runtime, parser: PartsListParser) -> ParseJobs:
    function = runtime.settings.parser_function
    if function is not None:
        return LambdaJobs(function, runtime.settings.aws_region)
    return InProcessJobs(runtime.background, parser.parse)
