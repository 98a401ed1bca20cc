"""The platform's own host: the admin and what machines ask for."""

from django.contrib import admin
from django.urls import path
from django.utils.translation import gettext_lazy as _

from store import views

admin.site.site_header = admin.site.site_title = "Mango Online Store"
admin.site.index_title = _("For operators")

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/", admin.site.urls),
]
