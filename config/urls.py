"""The platform's own host: the admin and what machines ask for. Webhooks come here whatever their host."""

from django.contrib import admin
from django.urls import include, path

from store import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("internal/tls-ask", views.tls_ask, name="tls_ask"),
    path("admin/stores/", include("studio.urls")),
    path("admin/", include("studio.account.urls")),
    path("admin/", admin.site.urls),
    path("", include("studio.preview.urls")),
    # Before the other webhooks, whose last route takes whatever else begins so.
    path("webhooks/email/", include("store.mail_urls")),
    path("", include("webhooks.urls")),
]
