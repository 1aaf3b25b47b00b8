"""Builds the link service, once for the process."""

from service.domains.moc_links.controller import AlbumLinkController, ImageLinkController
from service.domains.moc_links.repository import LinkRepository
from service.domains.moc_links.service import LinkService
from service.runtime import Runtime
from service.web.assembly import Domain


def domain(runtime: Runtime) -> Domain:
    """The routes of the links."""
    links = LinkService(LinkRepository(runtime.database), runtime.writes)
    return Domain([ImageLinkController, AlbumLinkController], {"moc_links": links})
