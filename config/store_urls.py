"""A store's host. Every app has its own part of the tree."""

from django.urls import include, path

from config.jsonapi import unknown_address
from store import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("theme-<slug:theme_hash>.css", views.theme_sheet, name="theme_sheet"),
    path("pictures/<slug:kind>-<slug:digest>-<int:width>.webp", views.store_picture, name="store_picture"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/mode/", views.set_colour_mode, name="set_colour_mode"),
    path("preferences/language/", views.set_language, name="set_language"),
    path("privacy/", views.privacy, name="privacy"),
    path("", include("catalog.urls")),
    path("", include("assistant.urls")),
    path("", include("payments.urls")),
    path("", include("booking.urls")),
    path("api/v1/<path:rest>", unknown_address, name="api_unknown"),
]
