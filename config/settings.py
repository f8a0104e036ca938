"""The settings of the desk: safe by default, and no start where they would be unsafe.

Every variable is explained in docs/operators.md.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from config import env
from config.access import *  # noqa: F403
from config.database import database
from config.descriptor_model import descriptor_model
from config.media_store import media_store
from config.schedules import Every

BASE_DIR = Path(__file__).resolve().parent.parent

# Where this desk keeps everything that it is told.
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
STORAGE_FOLDER, STORAGE_BUCKET = media_store(DATA_DIR)
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'desk.sqlite3'}")
BROKER_URL = env.text("CELERY_BROKER_URL", "filesystem://localhost")

SECRET_KEY = env.secret("SECRET_KEY", DATA_DIR / "keys")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters.")
SEALING_KEY = env.key("SEALING_KEY", DATA_DIR / "keys")
FORMER_SEALING_KEYS = env.former_keys("FORMER_SEALING_KEYS")
CUSTODY_KEY = env.key("CUSTODY_KEY", DATA_DIR / "keys")
FORMER_CUSTODY_KEYS = env.public_keys("FORMER_CUSTODY_KEYS")

# Where people reach it.
PORT = env.whole_number("PORT", 8000, least=1)
PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in ("http", "https") or not _public.hostname:
    raise ImproperlyConfigured("PUBLIC_URL must be an http:// or https:// address.")

HTTPS = _public.scheme == "https"
# What others than this machine reach is in production: there, nothing decodes behind too few locks.
PRODUCTION = HTTPS
if not HTTPS and not env.is_loopback(_public.hostname):
    raise ImproperlyConfigured("PUBLIC_URL must be https:// for any host but this machine.")

DEBUG = env.boolean("DEBUG")
if DEBUG and not env.is_loopback(_public.hostname):
    raise ImproperlyConfigured("DEBUG is for this machine only: it shows internals to whoever looks.")

ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", f"{_public.hostname},localhost,127.0.0.1,[::1]")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name hosts, not *.")
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "verification",
    "claims",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "verification.api.problems.ProblemMiddleware",
    "claims.uploads.read_safely",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database(DATABASE_URL)}

# Celery only hurries: whatever it loses, the sweep sends again.
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if BROKER_URL.startswith("filesystem:"):
    _broker = DATA_DIR / "broker"
    for _name in ("messages", "control", "processed"):
        (_broker / _name).mkdir(parents=True, exist_ok=True, mode=0o700)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "control_folder": str(_broker / "control"),
        "processed_folder": str(_broker / "processed"),
        "polling_interval": 0.02,  # seconds between a message that is done and the next
    }
elif BROKER_URL.startswith(("redis:", "rediss:", "redis+socket:")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        # Whoever sends something in does not wait for a broker that is away: the sweep sends again.
        "max_retries": 0,
    }
else:
    raise ImproperlyConfigured("CELERY_BROKER_URL must be filesystem:// or a Redis address.")
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not BROKER_URL.startswith("filesystem:")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_POOL = "config.pool:TaskPool"  # in the place of prefork
CELERY_WORKER_LOST_WAIT = 0.2  # seconds for what a lost pool child may still have sent: nobody waits for it
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
# The sweep has a queue of its own, so that it never waits behind a thousand checks.
CELERY_TASK_QUEUES = [Queue("checks"), Queue("sweep")]
CELERY_TASK_DEFAULT_QUEUE = "checks"
CELERY_TASK_ROUTES = {"verification.tasks.sweep": {"queue": "sweep"}}
KEEPING_SECONDS = 600  # How often it is asked whether anything is due for the custody record.
SWEEP_SECONDS = env.whole_number("SWEEP_SECONDS", 10, least=1)
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "verification.tasks.sweep",
        "schedule": Every(timedelta(seconds=SWEEP_SECONDS)),
        "options": {"expires": SWEEP_SECONDS},
    },
    "keep_record": {
        "task": "verification.tasks.keep_record",
        "schedule": Every(timedelta(seconds=KEEPING_SECONDS)),
        "options": {"expires": KEEPING_SECONDS},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# Limits.
MAX_UPLOAD_BYTES = env.whole_number("MAX_UPLOAD_BYTES", 1 << 30, least=1)
MAX_FILES_PER_SUBMISSION = env.whole_number("MAX_FILES_PER_SUBMISSION", 10, least=1)
# The upload handler refuses each file beyond the limit by its name; this only bounds the reading.
DATA_UPLOAD_MAX_NUMBER_FILES = MAX_FILES_PER_SUBMISSION + 500
FILE_UPLOAD_HANDLERS = ["claims.uploads.StoreUploadHandler"]
CHECK_SECONDS = env.whole_number("CHECK_SECONDS", 50, least=1)
# A web archive, where the operator names one: it learns which addresses the desk looks at.
ARCHIVE_CDX_URL = env.web_address("ARCHIVE_CDX_URL")
ARCHIVE_SECONDS = env.whole_number("ARCHIVE_SECONDS", 10, least=1)
# A time-stamp authority, where the operator names one: it learns a digest and when, and no more.
TIME_STAMP_URL = env.web_address("TIME_STAMP_URL")
TIME_STAMP_ROOTS = env.certificates("TIME_STAMP_ROOTS", most=128 << 10)
if TIME_STAMP_URL and not TIME_STAMP_ROOTS:
    raise ImproperlyConfigured("TIME_STAMP_ROOTS must hold the root of the authority at TIME_STAMP_URL.")
LONGEST_RUN_SECONDS = CHECK_SECONDS + (ARCHIVE_SECONDS if ARCHIVE_CDX_URL else 0)
LEASE_SECONDS = LONGEST_RUN_SECONDS + 13
C2PA_TRUST_ANCHORS = env.certificates("C2PA_TRUST_ANCHORS", most=128 << 10)
DESCRIPTOR_MODEL = descriptor_model()
REVIEW_LEASE_MINUTES = env.whole_number("REVIEW_LEASE_MINUTES", 30, least=1)

# Staff: the rest is in config/access.py.
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    # These two are sent to the desk's pages alone, which a __Host- cookie cannot be.
    LANGUAGE_COOKIE_NAME, KNOWN_BROWSER_COOKIE_NAME = "__Secure-language", "__Secure-known-browser"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    if env.boolean("BEHIND_PROXY"):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# What a browser may do with a page.
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "no-referrer"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Languages and time.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

# Partners.
API_REQUESTS_PER_MINUTE = env.whole_number("API_REQUESTS_PER_MINUTE", 600, least=1)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "EXCEPTION_HANDLER": "verification.api.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Corroborate",
    "DESCRIPTION": "What a verification desk has published: verdicts, their changes, claims and evidence.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [],
}

# What counts a partner's requests: shared by all processes where there is a Redis, else each its own.
CACHES: dict[str, dict[str, Any]]
if BROKER_URL.startswith("filesystem:"):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": BROKER_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db="),
            "KEY_PREFIX": "corroborate",
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
        }
    }

# No line of a log may lead to a source: no address, no agent, no query, nothing that was sent.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "config.logs.Plain"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "celery": {"level": "WARNING"},
        "multiprocessing": {
            "handlers": ["console"],
            "level": "WARNING",
        },  # of Celery's pool; passes nothing on
    },
}
