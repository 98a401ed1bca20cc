from django.apps import AppConfig
from django.contrib.admin import apps


class StudioConfig(AppConfig):
    name = "studio"
    default = True


class MangoAdminConfig(apps.AdminConfig):
    default = False  # of the package of Django's admin, not of ours
    default_site = "studio.site.MangoAdminSite"
