"""The user routes."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from service.domains.users.avatars import AvatarService
from service.domains.users.rules import require_own
from service.domains.users.schemas import AvatarDeleted, AvatarOut, ProfileOut, ProfilePatch
from service.domains.users.service import UserService
from service.images.kinds import require_picture_name
from service.kernel.envelope import One
from service.kernel.received import MAX_SMALL_IMAGE_BYTES
from service.web.forms import FORM_OVERHEAD_BYTES, PRESIGN, media_type, one_file
from service.web.request import ApiRequest
from service.web.uploads import CompleteIn, PresignedForm, PresignIn, Uploads, presigned, uploaded
from service.web.wire import Encoded, Wire

FIELD = "avatar"
AVATAR = "/api/users/me/avatar"  # whichever name the path has for the user

Users = NamedDependency[UserService]
Avatars = NamedDependency[AvatarService]
UserId = Annotated[str, PathParameter(description="`me`, or the signed-in user's own id.")]


class UserController(Controller):
    """`/api/users`: nobody but the user themselves, admins neither."""

    path = "/api/users"
    tags = ["users"]

    @get("/{user_id:str}", operation_id="getUserProfile", return_dto=Wire[ProfileOut])
    async def get_profile(
        self, request: ApiRequest, users: Users, user_id: FromPath[UserId]
    ) -> Encoded[One[ProfileOut]]:
        """The own profile, and how many MOCs, images and wishlist items there are."""
        require_own(request.user, user_id)
        return Encoded(await users.profile(request.user))

    @patch("/{user_id:str}", operation_id="updateUserProfile", dto=Wire[ProfilePatch], return_dto=Wire[ProfileOut])
    async def update_profile(
        self, request: ApiRequest, users: Users, user_id: FromPath[UserId], data: JSONBody[ProfilePatch]
    ) -> Encoded[One[ProfileOut]]:
        """Change the name; nothing else can be changed here."""
        require_own(request.user, user_id)
        return Encoded(await users.change(request.user, data))

    @post(
        "/{user_id:str}/avatar",
        operation_id="uploadAvatar",
        status_code=200,
        return_dto=Wire[AvatarOut],
        request_max_body_size=MAX_SMALL_IMAGE_BYTES + FORM_OVERHEAD_BYTES,
        opt={PRESIGN: True},
    )
    async def upload_avatar(self, request: ApiRequest, avatars: Avatars, user_id: FromPath[UserId]) -> One[AvatarOut]:
        """A new avatar (field `avatar`): cut to a square of 256 pixels."""
        require_own(request.user, user_id)
        file = await one_file(request, (FIELD,), MAX_SMALL_IMAGE_BYTES)
        return One(data=await avatars.store(request.user, file))

    @post(
        "/{user_id:str}/avatar/presign",
        operation_id="presignAvatar",
        dto=Wire[PresignIn],
        return_dto=Wire[PresignedForm],
    )
    async def presign_avatar(
        self, request: ApiRequest, direct_uploads: Uploads, user_id: FromPath[UserId], data: JSONBody[PresignIn]
    ) -> One[PresignedForm]:
        """A form to upload an avatar with, past this API."""
        require_own(request.user, user_id)
        require_picture_name(data.filename, media_type(data.content_type))
        return One(data=await presigned(request, direct_uploads, data, MAX_SMALL_IMAGE_BYTES, route=AVATAR))

    @post(
        "/{user_id:str}/avatar/complete",
        operation_id="completeAvatar",
        status_code=200,
        dto=Wire[CompleteIn],
        return_dto=Wire[AvatarOut],
    )
    async def complete_avatar(
        self,
        request: ApiRequest,
        avatars: Avatars,
        direct_uploads: Uploads,
        user_id: FromPath[UserId],
        data: JSONBody[CompleteIn],
    ) -> One[AvatarOut]:
        """The avatar is uploaded: use it."""
        require_own(request.user, user_id)
        async with uploaded(request, direct_uploads, data.upload_id, FIELD, route=AVATAR) as file:
            return One(data=await avatars.store(request.user, file))

    @delete("/{user_id:str}/avatar", operation_id="deleteAvatar", status_code=200, return_dto=Wire[AvatarDeleted])
    async def delete_avatar(
        self, request: ApiRequest, avatars: Avatars, user_id: FromPath[UserId]
    ) -> One[AvatarDeleted]:
        """Delete the avatar; without one it is a success, too."""
        require_own(request.user, user_id)
        await avatars.remove(request.user)
        return One(data=AvatarDeleted(request.user.sub))
