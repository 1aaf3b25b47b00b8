"""One file per Lambda function, and the ASGI application.

Whatever is imported from here first makes Litestar lean (see `service.web.lean`), before anything else imports it.
"""

import service.web.lean  # noqa: F401 - imported for its effect, first
