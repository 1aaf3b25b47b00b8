"""What the API's description tells of the user routes."""

from service.domains.users.schemas import AvatarDeleted, ProfilePatch
from service.kernel.errors import Forbidden, NotFound, ValidationFailed
from service.kernel.received import MAX_SMALL_IMAGE_BYTES
from service.web.openapi.facts import Described, Facts, JsonObject
from service.web.openapi.samples import FILES_URL, MALWARE, TITLE, USER_ID, WRONG_TYPE, completed, image_form, presign

KEY = f"avatars/{USER_ID}/avatar.webp"
PICTURE = f"{FILES_URL}/{KEY}?v=1762078530123"
PROFILE: JsonObject = {
    "sub": USER_ID,
    "email": "ada@example.com",
    "name": "Ada Lindqvist",
    "picture": PICTURE,
    "stats": {"totalMOCs": 12, "totalImages": 48, "totalWishlistItems": 5},
}
AVATAR: JsonObject = {"picture": PICTURE, "avatarUrl": PICTURE}
FOREIGN = Forbidden("This profile belongs to somebody else")
GONE = NotFound("There is no such user")

DESCRIBED = Described(
    tags={"users": "The signed-in user's own profile and avatar; nobody else may see them, admins neither."},
    operations={
        "getUserProfile": Facts(example=PROFILE, failures=(FOREIGN, GONE)),
        "updateUserProfile": Facts(
            request={"name": "Ada Lindqvist"},
            example=PROFILE,
            failures=(ValidationFailed.of_field("name", "has to have 1 to 100 characters"), FOREIGN, GONE),
        ),
        "uploadAvatar": Facts(
            form=image_form("avatar", MAX_SMALL_IMAGE_BYTES),
            example=AVATAR,
            failures=(
                ValidationFailed.of_field("avatar", "is missing: send the file in it"),
                FOREIGN,
                GONE,
                WRONG_TYPE,
                MALWARE,
            ),
        ),
        "presignAvatar": presign("ada.png", "image/png", KEY, MAX_SMALL_IMAGE_BYTES),
        "completeAvatar": completed(AVATAR),
        "deleteAvatar": Facts(example={"id": USER_ID}, failures=(FOREIGN, GONE)),
    },
    rules={
        AvatarDeleted: {"properties": {"id": {"type": "string", "description": "The user's own id."}}},
        ProfilePatch: {
            "properties": {
                "name": {**TITLE, "maxLength": 100, "description": "1 to 100 characters after trimming."},
            }
        },
    },
)
