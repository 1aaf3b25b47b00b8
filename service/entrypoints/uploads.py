"""The Lambda function of the upload routes, and of everything else that the gateway finds below a MOC."""

import service.web.lean  # noqa: F401 - first: it makes Litestar lean
from service.domains.moc_files.deps import domain as moc_files
from service.domains.moc_links.deps import domain as moc_links
from service.domains.mocs.deps import domain as mocs
from service.domains.parts_lists.deps import domain as parts_lists
from service.entrypoints.assembled import application_of
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(application_of(parts_lists, moc_files, moc_links, mocs))
