"""The Lambda function of the gallery routes: images, albums, flags, and both in one list."""

import service.web.lean  # noqa: F401 - first: it makes Litestar lean
from service.domains.gallery.deps import domain as gallery
from service.entrypoints.assembled import application_of
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(application_of(gallery))
