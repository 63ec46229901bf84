"""Settings; what differs between places comes from RECORDS_* variables and DATABASE_URL."""

import os
from pathlib import Path

from records_api.database import database
from records_api.environment import http_url, secret, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = secret_key("demo-only-secret-key-set-RECORDS_SECRET_KEY")
DEBUG = os.environ.get("RECORDS_DEBUG", "0") == "1"
ALLOWED_HOSTS = os.environ.get(
    "RECORDS_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver"
).split(",")

ROOT_URLCONF = "records_api.urls"
WSGI_APPLICATION = "records_api.wsgi.application"
TEST_RUNNER = "records_api.test_runner.QuickPasswordsRunner"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "records",
]

MIDDLEWARE = [
    "records_api.middleware.query_timing.QueryTimingMiddleware",
    "records_api.middleware.transaction_mode.TransactionModeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "records_api.middleware.session.UnobtrusiveSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "records_api.middleware.delay.DelayMiddleware",
]

# Responses say which rows they show, and writes which they changed (sidecache_django/README.md).
if os.environ.get("RECORDS_SIDECACHE", "on") != "off":
    INSTALLED_APPS.append("sidecache_django")
    MIDDLEWARE.insert(2, "sidecache_django.middleware.SidecacheMiddleware")

# The API lives below this prefix; only requests to it are delayed by DelayMiddleware.
API_PREFIX = "/api/"
API_DELAY_SECONDS = int(os.environ.get("RECORDS_DELAY_MS", "0")) / 1000

# Makes /api/jobs/needs/ in a few queries instead of several for each job.
REPAIRED = os.environ.get("RECORDS_REPAIRED", "off") == "on"

# Another service, which /api/drugs/ asks: http://host[:port]; of its own or of a sidecache before it.
DRUG_REGISTER_URL = http_url("RECORDS_DRUG_REGISTER")
DRUG_REGISTER_SECONDS = int(os.environ.get("RECORDS_DRUG_REGISTER_MS", "2000")) / 1000

DATABASES = {"default": database(os.environ, BASE_DIR / "var" / "records.sqlite3")}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# These alone: the API is JSON, and DRF's own pages are not shown.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATICFILES_STORAGE = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
# Where gunicorn.conf.py puts them with hashed names.
STATIC_ROOT = Path(os.environ.get("RECORDS_STATIC", BASE_DIR / "var" / "static"))

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "records_api" / "templates"],
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sessions are read from there and written to both, so that a lost Redis ends none.
if os.environ.get("RECORDS_REDIS"):
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": os.environ["RECORDS_REDIS"],
            "OPTIONS": {
                "PASSWORD": secret("RECORDS_REDIS_PASSWORD"),
                "SOCKET_CONNECT_TIMEOUT": 1,
                "SOCKET_TIMEOUT": 1,
                "IGNORE_EXCEPTIONS": True,
            },
        }
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# Where there is no admin door, responses alone tell the cache what was written.
SIDECACHE = {
    "ADMIN": [door for door in os.environ.get("RECORDS_SIDECACHE_ADMIN", "").split(",") if door],
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

USE_X_FORWARDED_HOST = False
USE_X_FORWARDED_PORT = False

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # Token first: its WWW-Authenticate challenge makes "not logged in" a 401.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "records.pagination.RecordPagination",
    "DEFAULT_FILTER_BACKENDS": [
        "records.filtering.FieldFilter",
        "rest_framework.filters.SearchFilter",
        "records.filtering.StableOrdering",
    ],
    "EXCEPTION_HANDLER": "records.exceptions.answer_to",
    # One address for each resource: "?format=json" would be a second cache entry.
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
    },
    "root": {
        "handlers": ["stderr"],
        "level": os.environ.get("RECORDS_LOG_LEVEL", "INFO").upper(),
    },
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # A client's 404 is no news; a 500 is.
        "django.request": {"level": "ERROR"},
    },
}
