"""The Lambda function of the gallery routes: images, albums, flags, and both in one list."""

from service.domains.gallery.deps import domain as gallery
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(gallery)
