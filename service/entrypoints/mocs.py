"""The Lambda function of the MOC routes, and of what no other function's route takes.

That is why it knows every other domain that is light to import, too: `/health/` and `/api/images/` are no routes of
the gateway's, and answered on ECS.
"""

from service.domains.csrf.deps import domain as csrf
from service.domains.docs.deps import domain as docs
from service.domains.gallery.deps import domain as gallery
from service.domains.health.deps import domain as health
from service.domains.mocs.deps import domain as mocs
from service.domains.users.deps import domain as users
from service.domains.wishlist.deps import domain as wishlist
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(mocs, health, csrf, docs, gallery, wishlist, users)
