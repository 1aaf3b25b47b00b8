"""What each function's role may do, by what its code asks of AWS. Pure; a test holds it against what a rehearsal saw.

- Files under `uploads/` are put by clients, with forms that the function has signed; it reads and deletes them on
  `…/complete`. Other files are put by uploads, and deleted with their rows, or when their rows could not be written.
- Nobody lists the bucket. But S3 says 404 of a missing file only to who may list, and 403 to others: then "it has not
  arrived yet" would be told as an outage.
- Search paths are those of `service.search.opensearch`. Who may send `/_bulk` may name any index in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from infra.functions import MIGRATE, PARSER


class On(Enum):
    """What an action is done to. `Permission.paths` says which parts of it, where there are any."""

    DATABASE = auto()  # through the proxy, as the service's user
    SECRET = auto()  # the database's password
    FILES = auto()  # objects whose keys begin so
    BUCKET = auto()
    SEARCH = auto()  # paths of the domain
    USERS = auto()  # the user pool
    PARSER = auto()  # the alias of the function that parses
    DEAD_LETTERS = auto()  # the queue of what was never parsed
    OWN_LOGS = auto()
    NETWORK = auto()  # interfaces, subnets and security groups of this account and region
    EVERYTHING = auto()  # AWS has nothing finer


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions on things. `rare` says when they are asked for, where ordinary traffic does not show them."""

    actions: tuple[str, ...]
    on: On
    paths: tuple[str, ...] = ()
    rare: str = ""

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Each action with each path; with "" where there are none."""
        return ((action, path) for action in self.actions for path in self.paths or ("",))


MOCS, IMAGES, WISHLIST = "moc_instructions", "gallery_images", "wishlist_items"  # the indices of service.search.indices

# Done by Lambda itself in the role's name; none of it by the code.
PLATFORM = (
    Permission(("logs:CreateLogStream", "logs:PutLogEvents"), On.OWN_LOGS),
    Permission(("xray:PutTelemetryRecords", "xray:PutTraceSegments"), On.EVERYTHING),
    Permission(
        (
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:UnassignPrivateIpAddresses",
        ),
        On.NETWORK,
    ),
    Permission(("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"), On.EVERYTHING),
)

_DATABASE = Permission(("rds-db:connect",), On.DATABASE)
_TELL_MISSING = Permission(("s3:ListBucket",), On.BUCKET, rare="never asked for; it turns 403 into 404")
_DIRECT_UPLOADS = (
    Permission(("s3:DeleteObject", "s3:GetObject", "s3:PutObject"), On.FILES, ("uploads/",)),
    _TELL_MISSING,
)
_GATEWAY_MAY = "for a path with a slash at its end, if API Gateway takes it for one below a MOC"
_SLASH = "for a path with a slash at its end, which no route of the gateway takes"


def _files(what: str, *prefixes: str, rare: str = "") -> Permission:
    return Permission((f"s3:{what}",), On.FILES, prefixes, rare)


def _search(method: str, *paths: str, rare: str = "") -> Permission:
    return Permission((f"es:ESHttp{method}",), On.SEARCH, paths, rare)


def _found(index: str) -> tuple[str, str]:
    """What a search asks: whether the index is ours, then for hits."""
    return f"{index}/_mapping", f"{index}/_search"


PERMISSIONS: Mapping[str, Sequence[Permission]] = {
    "health": (_DATABASE, _search("Get", "")),
    "mocs": (
        _DATABASE,
        _search("Get", *_found(MOCS)),
        _search("Put", f"{MOCS}/_doc/*"),
        _search("Delete", f"{MOCS}/_doc/*"),
        _files("DeleteObject", "mocs/"),
        _search("Get", *_found(IMAGES), *_found(WISHLIST), rare=_SLASH),
        _search("Put", f"{IMAGES}/_doc/*", f"{WISHLIST}/_doc/*", rare=_SLASH),
        _files("PutObject", "images/", rare=_SLASH),
        _files("DeleteObject", "images/", rare=f"{_SLASH}, when its row could not be written"),
    ),
    "gallery": (
        _DATABASE,
        _search("Get", *_found(IMAGES)),
        _search("Put", f"{IMAGES}/_doc/*"),
        _search("Delete", f"{IMAGES}/_doc/*"),
        _search("Post", "_bulk"),  # the images of a deleted album
        _files("DeleteObject", "images/"),
        _files("PutObject", "images/"),
        *_DIRECT_UPLOADS,
    ),
    "wishlist": (
        _DATABASE,
        _search("Get", *_found(WISHLIST)),
        _search("Put", f"{WISHLIST}/_doc/*"),
        _search("Delete", f"{WISHLIST}/_doc/*"),
        _search("Post", "_bulk"),  # a new order
        _files("DeleteObject", "wishlist/"),
        _files("PutObject", "wishlist/"),
        *_DIRECT_UPLOADS,
    ),
    "profile": (
        _DATABASE,
        Permission(
            (
                "cognito-idp:AdminDeleteUserAttributes",
                "cognito-idp:AdminGetUser",
                "cognito-idp:AdminUpdateUserAttributes",
            ),
            On.USERS,
        ),
        _files("DeleteObject", "avatars/"),
        _files("PutObject", "avatars/"),
        *_DIRECT_UPLOADS,
    ),
    "upload": (
        _DATABASE,
        Permission(("lambda:InvokeFunction",), On.PARSER),
        _search("Get", f"{MOCS}/_mapping"),
        _search("Put", f"{MOCS}/_doc/*"),
        _search("Delete", f"{MOCS}/_doc/*", rare=_GATEWAY_MAY),
        _files("DeleteObject", "mocs/"),
        _files("GetObject", "mocs/"),  # downloads, by URLs that the function has signed
        _files("PutObject", "mocs/"),
        *_DIRECT_UPLOADS,
    ),
    PARSER: (
        _DATABASE,
        _search("Get", f"{MOCS}/_mapping"),
        _search("Put", f"{MOCS}/_doc/*"),
        _files("GetObject", "mocs/"),
        _TELL_MISSING,
        _files("DeleteObject", "images/", "mocs/", "uploads/", "wishlist/", rare="by the sweep, of what was left over"),
        Permission(("sqs:SendMessage",), On.DEAD_LETTERS, rare="by Lambda itself, of an event that failed for good"),
    ),
    MIGRATE.name: (Permission(("secretsmanager:GetSecretValue",), On.SECRET),),
}
