"""The error of a migration that will not run, with what to do about it."""

BELOW_BASELINE = "Going below revision 0001 would delete production's data. If you mean it, drop the database by hand."


class MigrationRefused(Exception):
    """The database was left as it was; the message says why and what to do."""


class DatabaseIsNewer(MigrationRefused):
    """A newer release has migrated it further than this one knows."""
