"""Builds the wishlist service, once for the process."""

from service.domains.wishlist.controller import WishlistController
from service.domains.wishlist.pictures import Pictures
from service.domains.wishlist.repository import WishlistRepository
from service.domains.wishlist.service import WishlistService
from service.runtime import Runtime
from service.web.assembly import Domain


def domain(runtime: Runtime) -> Domain:
    """The wishlist routes on the runtime's clients; the service holds no state of any request."""
    service = WishlistService(
        items=WishlistRepository(runtime.database),
        cache=runtime.aside,
        writes=runtime.writes,
        index=runtime.index,
        pictures=Pictures(runtime.files, runtime.scanner, runtime.images),
    )
    return Domain([WishlistController], {"wishlist": service, "direct_uploads": runtime.direct_uploads})
