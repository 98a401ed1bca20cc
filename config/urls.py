"""The platform's own host: the admin and what machines ask for."""

from django.contrib import admin
from django.urls import path

from store import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/", admin.site.urls),
]
