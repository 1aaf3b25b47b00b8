"""The Lambda function of the wishlist routes."""

from service.domains.wishlist.deps import domain
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(domain)
