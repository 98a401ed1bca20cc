"""Django's settings; everything that differs by deployment comes from the environment (config/env.py)."""

import zoneinfo
from datetime import timedelta
from typing import Any

import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.env import (
    BASE_DIR,
    env,
    is_loopback_name,
    read_database,
    read_dns_servers,
    read_encryption_keys,
    read_optional_upstream_url,
    read_upstream_url,
)
from config.logs import build_logging
from config.redis import connection_class

django_stubs_ext.monkeypatch()
# The time zones of requirements.txt, not those of whatever machine this is: governments move clocks at short
# notice, and web, worker and tests have to agree.
zoneinfo.reset_tzpath(to=())

# --- who we are ---------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY")
FIELD_ENCRYPTION_KEYS = read_encryption_keys()
DEBUG = False
PLATFORM_HOST = env.str("PLATFORM_HOST", default="localhost").lower()
PLATFORM_SCHEME = env.str("PLATFORM_SCHEME", default="https")
# Only for links in e-mails and the like: a browser behind a proxy sees no port, the demo does.
PLATFORM_PORT = env.int("PLATFORM_PORT", default=0)
if PLATFORM_SCHEME != "https" and not is_loopback_name(PLATFORM_HOST):
    raise ImproperlyConfigured("PLATFORM_SCHEME may be http only where PLATFORM_HOST is on loopback.")
# Owners and platform staff log in with a code of an app, too. Off only where nobody else can come by.
SECOND_FACTOR = env.bool("SECOND_FACTOR", default=True)
if not SECOND_FACTOR and PLATFORM_SCHEME != "http":
    raise ImproperlyConfigured("SECOND_FACTOR may be false only on loopback, with PLATFORM_SCHEME=http.")

# Hosts for the admin, health checks and webhooks. Stores' hosts are checked against the database by
# store.middleware, which is why Django's own list lets every well-formed host through.
PLATFORM_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[PLATFORM_HOST])
ALLOWED_HOSTS = ["*"]

# --- merchants' own domains: docs/domains.md ------------------------------------------------------------
# Where their CNAME leads; its A and AAAA records are those of the proxy.
DOMAIN_TARGET = env.str("DOMAIN_TARGET", default=f"stores.{PLATFORM_HOST}").lower().rstrip(".")
# Who signs the proxy's certificates, as CAA records name them.
CERTIFICATE_AUTHORITIES: list[str] = env.list("CERTIFICATE_AUTHORITIES", default=["letsencrypt.org"])
# Resolvers as (address, port); empty: those of the machine.
DNS_SERVERS = read_dns_servers()

# --- applications -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "studio.apps.MangoAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "anymail",
    "django_structlog",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "config",
    "store",
    "analytics",
    "catalog",
    "assistant",
    "payments",
    "booking",
    "webhooks",
    "studio",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "store.middleware.CompressTextMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "store.middleware.StoreHostMiddleware",
    "catalog.middleware.ProvenanceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]
# A store's host is routed by `config.store_urls`: store.middleware sets it for the request.
ROOT_URLCONF = "config.urls"
STORE_URLCONF = "config.store_urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "store.context.page",
                "catalog.context.salon",
                "payments.context.cart",
                "studio.navigation.studio",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# --- data ---------------------------------------------------------------------------------------------
DATABASES = {"default": read_database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.msgpack.MSGPackSerializer",
            # A dead Redis is a miss, noticed quickly, and once for all calls (config/redis.py).
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.25,
            "SOCKET_TIMEOUT": 0.5,
            "CONNECTION_POOL_KWARGS": {"connection_class": connection_class(REDIS_URL)},
        },
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
# In the cache for speed and in the database so that a Redis that is down or flushed logs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- work in the background ---------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "memory://")
CELERY_TASK_IGNORE_RESULT = True
# A task is a hint: the row is the record. Publishing gives up fast when Redis is down (~19 s otherwise).
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.1}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 110
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 25
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 4 * CELERY_TASK_TIME_LIMIT + 60,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "health_check_interval": 10,
}
CELERY_VISIBILITY_TIMEOUT = CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": CELERY_VISIBILITY_TIMEOUT}
CELERY_REDIS_SOCKET_TIMEOUT = 10
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "store.beat:OncePerSlotScheduler"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sync-catalogues": {"task": "catalog.tasks.sync_stores", "schedule": crontab(minute="*/15")},
    "deliver-bookings": {"task": "booking.tasks.sweep_bookings", "schedule": 10.0},
    "sweep-payments": {"task": "payments.tasks.sweep", "schedule": 10.0},
    "send-reminders": {"task": "booking.tasks.sweep_reminders", "schedule": 60.0},
    "process-webhooks": {"task": "webhooks.tasks.process_inbox", "schedule": 10.0},
    "check-domains": {"task": "store.tasks.check_domains", "schedule": 60.0},
    "send-emails": {"task": "store.tasks.sweep_emails", "schedule": 10.0},
    "publish-looks": {"task": "store.tasks.publish_looks", "schedule": 10.0},
    "purge-conversations": {
        "task": "assistant.tasks.purge_conversations",
        "schedule": crontab(minute="33"),
    },
    "purge-webhooks": {"task": "webhooks.tasks.purge_inbox", "schedule": crontab(minute="13")},
    "compare-books": {"task": "payments.tasks.compare_books", "schedule": crontab(hour="3", minute="37")},
    "purge-orders": {"task": "payments.tasks.purge_abandoned", "schedule": crontab(minute="53")},
    "purge-drafts": {"task": "booking.tasks.purge_drafts", "schedule": crontab(minute="43")},
    "check-emails": {"task": "analytics.tasks.check_emails", "schedule": 60.0},
    "purge-interactions": {"task": "analytics.tasks.purge_interactions", "schedule": crontab(minute="33")},
    "purge-log-ins": {"task": "studio.tasks.purge_log_ins", "schedule": crontab(minute="3")},
    "purge-people": {"task": "studio.tasks.purge_people", "schedule": crontab(hour="4", minute="17")},
    "purge-expired": {"task": "store.tasks.purge", "schedule": crontab(minute="23")},
}

# --- upstreams ----------------------------------------------------------------------------------------
MANGO_BIZ_URL = read_upstream_url("MANGO_BIZ_URL")
# Without both no store has an assistant: search is then over the catalogue alone.
AI_SERVICE_URL = read_optional_upstream_url("AI_SERVICE_URL")
AI_SERVICE_KEY = env.str("AI_SERVICE_KEY", default="")
# The platform's Stripe account; stores may have keys of their own. Unset: such stores take no payments.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_PUBLISHABLE_KEY = env.str("STRIPE_PUBLISHABLE_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = read_upstream_url("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_JS_URL = read_upstream_url("STRIPE_JS_URL", default="https://js.stripe.com/v3/") + "/"
# Pictures are fetched from public addresses only; the demo's Mango Biz stands on loopback.
IMAGES_FROM_PRIVATE_ADDRESSES = env.bool("IMAGES_FROM_PRIVATE_ADDRESSES", default=False)
IMAGE_CACHE_DIR = env.path("IMAGE_CACHE_DIR", default=str(BASE_DIR / "var" / "images"))()

# --- e-mail: an EMAIL_URL (smtp://, consolemail://...) or Anymail's own variables ---------------------------
ANYMAIL = {
    name.removeprefix("ANYMAIL_"): value for name, value in env.ENVIRON.items() if name.startswith("ANYMAIL_")
}
ANYMAIL_PROVIDER = ANYMAIL.pop("PROVIDER", "")
# "user:password" in the address the provider is given for its webhooks; several while one replaces another.
ANYMAIL["WEBHOOK_SECRET"] = env.list("ANYMAIL_WEBHOOK_SECRET", default=[])
# Seconds to connect and between two bytes: a batch of messages has to end within its lease.
ANYMAIL["REQUESTS_TIMEOUT"] = (2.0, 10.0)
if ANYMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{ANYMAIL_PROVIDER}.EmailBackend"
else:
    vars().update(env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"bookings@{PLATFORM_HOST}")

# --- words, times, static files -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "store.finders.SheetFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- log-ins (docs/people.md) ---------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "admin:login"
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 2 * 3600
SESSION_COOKIE_AGE = 12 * 3600
OTP_TOTP_ISSUER = "Mango Online Store"
# Five wrong passwords for one name from one address close that door to both for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "studio.account.sessions.axes_name"
AXES_CLIENT_IP_CALLABLE = "studio.account.sessions.axes_address"
AXES_LOCKOUT_CALLABLE = "studio.account.sessions.axes_locked"
# Names, addresses and passwords are in no log of its own: store.audit says who came in.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "user_agent", "code"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- safety ---------------------------------------------------------------------------------------------
USES_TLS = PLATFORM_SCHEME == "https"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if USES_TLS else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USES_TLS
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "store.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# The largest form is a booking's; the JSON API reads its bodies under the same cap.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
# How many proxies of ours stand in front: whose word on the visitor's address counts.
PROXY_HOPS = env.int("PROXY_HOPS", default=0)
# Drafts a visitor may open within ten minutes, by address and store (booking.services).
DRAFTS_PER_VISITOR = env.int("DRAFTS_PER_VISITOR", default=30)
# Orders a visitor may send off within ten minutes, by address and store (payments.views.checkout).
CHECKOUTS_PER_VISITOR = env.int("CHECKOUTS_PER_VISITOR", default=30)

LOGGING = build_logging(
    level=env.str("LOG_LEVEL", default="INFO"), style=env.str("LOG_FORMAT", default="json")
)
LOGGING_CONFIG = "config.logs.configure"
DJANGO_STRUCTLOG_CELERY_ENABLED = True
