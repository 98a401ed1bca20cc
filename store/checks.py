"""Settings that contradict each other, as system checks with an id and a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution


@register()
def check_platform_host(**_: Any) -> list[CheckMessage]:
    if ":" in settings.PLATFORM_HOST or "/" in settings.PLATFORM_HOST:
        return [
            Error(
                f"PLATFORM_HOST is not a host name: {settings.PLATFORM_HOST!r}.",
                hint="Leave scheme, port and path out; the port goes into PLATFORM_PORT.",
                id="store.E001",
            )
        ]
    return []


@register()
def check_mail_webhook_secret(**_: Any) -> list[CheckMessage]:
    if all(":" in secret for secret in settings.ANYMAIL.get("WEBHOOK_SECRET", [])):
        return []
    return [
        Error(
            "ANYMAIL_WEBHOOK_SECRET is not of the form user:password.",
            hint="The provider sends it as HTTP basic authentication; separate several by commas.",
            id="store.E002",
        )
    ]


@register(deploy=True)
def check_redis(**_: Any) -> list[CheckMessage]:
    if not settings.REDIS_URL:
        return [
            Caution(
                "REDIS_URL is unset: each process has a cache of its own and no work runs in the background.",
                hint="Set REDIS_URL and CELERY_BROKER_URL.",
                id="store.W001",
            )
        ]
    return []
