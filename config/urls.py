"""The platform's own host: the admin and what machines ask for. Webhooks come here whatever their host."""

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from store import views

admin.site.site_header = admin.site.site_title = "Mango Online Store"
admin.site.index_title = _("For operators")

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    # Before the other webhooks, whose last route takes whatever else begins so.
    path("webhooks/email/", include("store.mail_urls")),
    path("", include("webhooks.urls")),
]
