"""The desk's own settings, on a data folder that is made for this process and goes with it.

Nothing else differs: the database is a real file (or PostgreSQL, where ``DATABASE_URL`` says so),
and the broker is the one that ``CELERY_BROKER_URL`` names.
"""

import os
import tempfile

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="corroborate-test-")

from config.settings import *  # noqa: E402, F403
from config.settings import DATA_DIR, DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
