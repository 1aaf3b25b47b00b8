"""Which constraint an integrity error is about: decided by its name, never by its text."""


def violated(error: BaseException) -> str | None:
    """The violated constraint's name, found on the driver's error beneath whatever wraps it."""
    cause: BaseException | None = error
    while cause is not None:
        name = getattr(cause, "constraint_name", None)
        if isinstance(name, str):
            return name
        cause = getattr(cause, "orig", None) or cause.__cause__
    return None
