"""Where the mail provider tells of deliveries and bounces: its route of Anymail's, and only with a secret."""

from anymail.urls import urlpatterns as every_providers
from django.conf import settings
from django.urls import URLPattern

app_name = "anymail"

# Anymail's views let everybody in while no secret is set.
urlpatterns: list[URLPattern] = [
    route
    for route in every_providers
    if settings.ANYMAIL.get("WEBHOOK_SECRET")
    and route.name == f"{settings.ANYMAIL_PROVIDER}_tracking_webhook"
]
