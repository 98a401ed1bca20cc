"""The studio of one store: /admin/stores/<slug>/. Every area is a package with its own part of the tree."""

from django.urls import include, path

app_name = "studio"

AREAS = [
    path("", include("studio.home.urls")),
    path("", include("studio.start.urls")),
    path("", include("studio.preferences.urls")),
]
urlpatterns = [path("<slug:slug>/", include(AREAS))]
