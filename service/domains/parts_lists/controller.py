"""The parts-list routes."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.domains.parts_lists.schemas import PartsListAccepted
from service.domains.parts_lists.service import PartsListService
from service.kernel.envelope import One
from service.web.parameters import Id, uuid_of
from service.web.request import ApiRequest
from service.web.uploads import MAX_BODY_BYTES, one_file
from service.web.wire import Wire

FIELDS = ("partsListFile", "file")


class PartsListController(Controller):
    """Parts lists below a MOC."""

    path = "/api/mocs"
    tags = ["parts-lists"]

    @post(
        "/{moc_id:str}/upload-parts-list",
        operation_id="uploadPartsList",
        status_code=202,
        return_dto=Wire[PartsListAccepted],
        request_max_body_size=MAX_BODY_BYTES,
    )
    async def upload(
        self, request: ApiRequest, parts_lists: NamedDependency[PartsListService], moc_id: FromPath[Id]
    ) -> One[PartsListAccepted]:
        """Store a parts list (field `partsListFile` or `file`); it is parsed after this answer."""
        identity = uuid_of(moc_id)
        file = await one_file(request, FIELDS)
        accepted = await parts_lists.upload(
            request.user, identity, filename=file.filename, declared_type=file.content_type, body=file.body
        )
        return One(data=accepted)
