"""The parts-list routes."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.domains.parts_lists.old_clients import for_old_clients, old_form
from service.domains.parts_lists.schemas import OldAnswer, PartsListAccepted, PartsListPage
from service.domains.parts_lists.service import PartsListService
from service.kernel.envelope import One
from service.kernel.ids import uuid_of
from service.kernel.paging import DEFAULT_LIMIT, Slice
from service.kernel.received import MAX_MOC_FILE_BYTES
from service.web.forms import FORM_OVERHEAD_BYTES, PRESIGN, media_type, one_file
from service.web.parameters import Id, PageLimit, PageNumber, require_plain_query
from service.web.request import ApiRequest
from service.web.uploads import CompleteIn, PresignedForm, PresignIn, Uploads, presigned, uploaded
from service.web.wire import Encoded, Wire

PartsLists = NamedDependency[PartsListService]

FIELDS = ("partsListFile", "file")
MAX_BODY_BYTES = MAX_MOC_FILE_BYTES + FORM_OVERHEAD_BYTES


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
        opt={PRESIGN: True},
    )
    async def upload(
        self, request: ApiRequest, parts_lists: PartsLists, moc_id: FromPath[Id]
    ) -> One[PartsListAccepted]:
        """Store a parts list (field `partsListFile` or `file`); it is parsed after this answer."""
        identity = uuid_of(moc_id)
        owner = await parts_lists.owner(request.user, identity)
        file = await one_file(request, FIELDS, MAX_MOC_FILE_BYTES)
        return One(data=await parts_lists.store(owner, identity, file))

    @post(
        "/{moc_id:str}/upload-parts-list/presign",
        operation_id="presignPartsList",
        dto=Wire[PresignIn],
        return_dto=Wire[PresignedForm],
    )
    async def presign(
        self,
        request: ApiRequest,
        parts_lists: PartsLists,
        direct_uploads: Uploads,
        moc_id: FromPath[Id],
        data: JSONBody[PresignIn],
    ) -> One[PresignedForm]:
        """Where to send a parts list that is too large for a request of this API."""
        await parts_lists.require_upload(
            request.user, uuid_of(moc_id), filename=data.filename, declared_type=media_type(data.content_type)
        )
        return One(data=await presigned(request, direct_uploads, data, MAX_MOC_FILE_BYTES))

    @post(
        "/{moc_id:str}/upload-parts-list/complete",
        operation_id="completePartsList",
        status_code=202,
        dto=Wire[CompleteIn],
        return_dto=Wire[PartsListAccepted],
    )
    async def complete(
        self,
        request: ApiRequest,
        parts_lists: PartsLists,
        direct_uploads: Uploads,
        moc_id: FromPath[Id],
        data: JSONBody[CompleteIn],
    ) -> One[PartsListAccepted]:
        """The same as the upload itself, with the file that was sent to where `presign` said."""
        identity = uuid_of(moc_id)
        owner = await parts_lists.owner(request.user, identity)
        async with uploaded(request, direct_uploads, data.upload_id, FIELDS[0]) as file:
            return One(data=await parts_lists.store(owner, identity, file))

    @post(
        "/upload-parts-list",
        operation_id="uploadPartsListAndParse",
        return_dto=Wire[OldAnswer],
        request_max_body_size=MAX_BODY_BYTES,
    )
    async def upload_and_parse(self, request: ApiRequest, parts_lists: PartsLists) -> OldAnswer:
        """For old clients: the MOC is named in the form (`mocId`), and the answer waits for the parsing."""
        moc_id, file = await old_form(request, FIELDS, MAX_MOC_FILE_BYTES)
        with for_old_clients():
            return await parts_lists.upload_and_parse(request.user, moc_id, file)

    @get(
        "/{moc_id:str}/parts-lists/{list_id:str}",
        operation_id="getPartsList",
        return_dto=Wire[PartsListPage],
        before_request=require_plain_query,
    )
    async def read(
        self,
        request: ApiRequest,
        parts_lists: PartsLists,
        moc_id: FromPath[Id],
        list_id: FromPath[Id],
        page: PageNumber = 1,
        limit: PageLimit = DEFAULT_LIMIT,
    ) -> Encoded[PartsListPage]:
        """How the parsing of a list went, and its parts in the order of the file."""
        wanted = Slice.of_page(page, limit)
        return Encoded(await parts_lists.read(request.user, uuid_of(moc_id), uuid_of(list_id, "listId"), wanted))
