"""The Lambda function of the upload routes."""

from service.domains.parts_lists.deps import domain
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(domain)
