"""Builds the services of MOC files, once for the process."""

from datetime import UTC, datetime

from service.domains.moc_files.controller import MocFileController
from service.domains.moc_files.creation import MocCreation
from service.domains.moc_files.preparing import Preparation
from service.domains.moc_files.repository import MocFileRepository
from service.domains.moc_files.service import MocFileService
from service.domains.mocs.deps import build_moc_service
from service.domains.parts_lists.building import build_parser
from service.domains.parts_lists.deps import build_jobs, build_service
from service.runtime import Runtime
from service.web.assembly import Domain


def domain(runtime: Runtime) -> Domain:
    """The routes of MOC files; they stand on MOCs and parts lists."""
    parser = build_parser(runtime)
    jobs = build_jobs(runtime, parser)
    mocs = build_moc_service(runtime)
    preparation = Preparation(
        rows=MocFileRepository(runtime.database),
        files=runtime.files,
        parts_lists=build_service(runtime, jobs, parser),
        scanner=runtime.scanner,
        images=runtime.images,
    )
    return Domain(
        [MocFileController],
        {
            "moc_files": MocFileService(mocs, preparation, runtime.writes, now=lambda: datetime.now(UTC)),
            "moc_creation": MocCreation(mocs, preparation, runtime.writes),
            "direct_uploads": runtime.direct_uploads,
        },
        on_shutdown=[jobs.close],
    )
