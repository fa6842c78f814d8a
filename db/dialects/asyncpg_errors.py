"""asyncpg's own errors in our words. For `db/dialects/crossing.py` alone, which looks here once it is loaded."""

from typing import Final

import asyncpg

from db.dialects.error_codes import STATEMENT, ClassCodes

# Most specific class first.
CLASSES: Final[ClassCodes] = (
    (asyncpg.OutdatedSchemaCacheError, "database_busy"),
    (asyncpg.InternalClientError, "database_gone"),
    (asyncpg.ClientConfigurationError, "database_refused"),
    (asyncpg.exceptions.DataError, STATEMENT),
    (asyncpg.UnsupportedClientFeatureError, STATEMENT),
    (asyncpg.UnsupportedServerFeatureError, STATEMENT),
    (asyncpg.InterfaceError, "database_gone"),
    (asyncpg.PostgresError, "database_gone"),
)
