"""The routes of a MOC's files, and of MOCs that are created with theirs."""

from typing import Annotated, Any, Literal

from litestar import Controller, MediaType, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Redirect

from service.domains.moc_files.creation import MocCreation
from service.domains.moc_files.forms import files_in, moc_in
from service.domains.moc_files.schemas import (
    CreatedWithFiles,
    Download,
    DownloadOut,
    FileCompleteIn,
    FileForm,
    FileOut,
    FilesOut,
)
from service.domains.moc_files.service import DOWNLOAD_SECONDS, MocFileService
from service.kernel.envelope import Deleted, One
from service.kernel.errors import AppError
from service.kernel.ids import uuid_of
from service.kernel.received import MAX_MOC_FILE_BYTES
from service.kernel.wire_time import wire_time
from service.web.forms import FORM_OVERHEAD_BYTES, MAX_FORM_BYTES, PRESIGN, read_form
from service.web.parameters import Id, require_plain_texts
from service.web.request import ApiRequest
from service.web.uploads import PresignedForm, PresignIn, Uploads, presigned, uploaded
from service.web.wire import Wire, convert, fields_of

MocFiles = NamedDependency[MocFileService]
Creation = NamedDependency[MocCreation]
Format = Annotated[Literal["json"] | None, QueryParameter(description="`json`: answer, don't redirect.")]

FIELDS = ("file", "files")
MAX_FILES = 10
MAX_BODY_BYTES = MAX_FORM_BYTES + FORM_OVERHEAD_BYTES
NOT_STORED = {"Cache-Control": "no-store"}  # the address gives access to whoever has it


async def _require_plain_format(request: Request[Any, Any, Any]) -> None:
    require_plain_texts(request, ("format",))


class MocFileController(Controller):
    """Files below a MOC."""

    path = "/api/mocs"
    tags = ["moc-files"]

    @post(
        "/with-files",
        operation_id="createMOCWithFiles",
        return_dto=Wire[CreatedWithFiles],
        request_max_body_size=MAX_BODY_BYTES,
    )
    async def create_with_files(self, request: ApiRequest, moc_creation: Creation) -> CreatedWithFiles:
        """A new MOC with its files (`instructionsFile`, `partsLists`, `images`) and fields as text: all, or nothing."""
        wanted, files = await moc_in(await read_form(request))
        return await moc_creation.create(request.user, wanted, files)

    @post(
        "/{moc_id:str}/files",
        operation_id="uploadMOCFiles",
        return_dto=Wire[FileOut],
        request_max_body_size=MAX_BODY_BYTES,
        opt={PRESIGN: True},
    )
    async def upload(
        self, request: ApiRequest, moc_files: MocFiles, moc_id: FromPath[Id]
    ) -> One[FileOut] | One[FilesOut]:
        """Store up to ten files (field `file` or `files`): one is answered with itself, several with a report."""
        identity = uuid_of(moc_id)
        owner = await moc_files.owner(request.user, identity)
        form = await read_form(request)
        wanted = convert(FileForm, form.given(fields_of(FileForm))).file_type
        files = await files_in(form, FIELDS, at_least=1, at_most=MAX_FILES)
        if len(files) > 1:
            return One(data=await moc_files.add_all(owner, identity, files, wanted))
        (only,) = files
        if isinstance(only.value, AppError):
            raise only.value
        return One(data=await moc_files.add(owner, identity, only.value, wanted))

    @post(
        "/{moc_id:str}/files/presign",
        operation_id="presignMOCFile",
        dto=Wire[PresignIn],
        return_dto=Wire[PresignedForm],
    )
    async def presign(
        self,
        request: ApiRequest,
        moc_files: MocFiles,
        direct_uploads: Uploads,
        moc_id: FromPath[Id],
        data: JSONBody[PresignIn],
    ) -> One[PresignedForm]:
        """Where to send a file that is too large for a request of this API."""
        await moc_files.require_upload(request.user, uuid_of(moc_id), data.filename)
        return One(data=await presigned(request, direct_uploads, data, MAX_MOC_FILE_BYTES))

    @post(
        "/{moc_id:str}/files/complete",
        operation_id="completeMOCFile",
        dto=Wire[FileCompleteIn],
        return_dto=Wire[FileOut],
    )
    async def complete(
        self,
        request: ApiRequest,
        moc_files: MocFiles,
        direct_uploads: Uploads,
        moc_id: FromPath[Id],
        data: JSONBody[FileCompleteIn],
    ) -> One[FileOut]:
        """The same as the upload of one file, with the file that was sent to where `presign` said."""
        identity = uuid_of(moc_id)
        owner = await moc_files.owner(request.user, identity)
        async with uploaded(request, direct_uploads, data.upload_id, FIELDS[0]) as file:
            return One(data=await moc_files.add(owner, identity, file, data.file_type))

    @delete(
        "/{moc_id:str}/files/{file_id:str}", operation_id="deleteMOCFile", status_code=200, return_dto=Wire[Deleted]
    )
    async def delete_file(
        self, request: ApiRequest, moc_files: MocFiles, moc_id: FromPath[Id], file_id: FromPath[Id]
    ) -> One[Deleted]:
        """Delete a file; a parts list that was read from it stays."""
        moc, file = uuid_of(moc_id), uuid_of(file_id, "fileId")
        await moc_files.delete(request.user, moc, file)
        return One(data=Deleted(file))

    @get(
        "/{moc_id:str}/files/{file_id:str}/download",
        operation_id="downloadMOCFile",
        before_request=_require_plain_format,
        responses={302: ResponseSpec(None, description="To an address that is valid for 15 minutes.")},
    )
    async def download(
        self,
        request: ApiRequest,
        moc_files: MocFiles,
        moc_id: FromPath[Id],
        file_id: FromPath[Id],
        format: Format = None,
    ) -> Response[One[DownloadOut]] | Redirect:
        """Redirect to where the file can be fetched for 15 minutes, or say so."""
        found = await moc_files.download(request.user, uuid_of(moc_id), uuid_of(file_id, "fileId"))
        if format is None:
            return Redirect(found.url, status_code=302, headers=NOT_STORED)
        return Response(One(data=_told(found)), headers=NOT_STORED, media_type=MediaType.JSON)


def _told(found: Download) -> DownloadOut:
    return DownloadOut(
        download_url=found.url,
        filename=found.filename,
        mime_type=found.media_type,
        expires_in=DOWNLOAD_SECONDS if found.expires_at else None,
        expires_at=wire_time(found.expires_at) if found.expires_at else None,
    )
