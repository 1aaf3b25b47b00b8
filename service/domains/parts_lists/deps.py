"""Builds the parts-list services, once for the process."""

from service.domains.parts_lists.building import build_parser
from service.domains.parts_lists.controller import PartsListController
from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.service import PartsListService
from service.domains.parts_lists.sweep import PendingSweep
from service.jobs.in_process import InProcessJobs
from service.jobs.lambda_invoke import LambdaJobs
from service.jobs.periodic import Periodic
from service.jobs.port import ParseJobs
from service.runtime import Runtime
from service.web.assembly import Domain


def build_service(runtime: Runtime, jobs: ParseJobs, parser: PartsListParser) -> PartsListService:
    """What every route that takes parts lists works with."""
    return PartsListService(
        lists=parser.lists,
        cache=runtime.aside,
        writes=runtime.writes,
        files=runtime.files,
        scanner=runtime.scanner,
        jobs=jobs,
        parser=parser,
    )


def domain(runtime: Runtime) -> Domain:
    """The parts-list routes; a long-lived process also sweeps up lists that nobody finished."""
    parser = build_parser(runtime)
    jobs = build_jobs(runtime, parser)
    sweep = Periodic("sweep_parts_lists", PendingSweep(parser.lists, parser).sweep)
    return Domain(
        [PartsListController],
        {"parts_lists": build_service(runtime, jobs, parser), "direct_uploads": runtime.direct_uploads},
        on_startup=[sweep.start],
        on_shutdown=[sweep.stop, jobs.close],
    )


def build_jobs(runtime: Runtime, parser: PartsListParser) -> ParseJobs:
    """Whoever parsing is handed over to; the caller closes it."""
    function = runtime.settings.parser_function
    if function is not None:
        return LambdaJobs(function, runtime.settings.aws_region)
    return InProcessJobs(runtime.background, parser.parse)
