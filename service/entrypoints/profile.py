"""The Lambda function of the user routes."""

import service.web.lean  # noqa: F401 - first: it makes Litestar lean
from service.domains.users.deps import domain
from service.entrypoints.assembled import application_of
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(application_of(domain))
