"""The studio of one store: /admin/stores/<slug>/. Every area is a package with its own part of the tree."""

from django.urls import include, path

app_name = "studio"

AREAS = [
    path("", include("studio.home.urls")),
    path("", include("studio.start.urls")),
    path("", include("studio.look.urls")),
    path("", include("studio.people.urls")),
    path("", include("studio.history.urls")),
    path("", include("studio.domains.urls")),
    path("", include("studio.preferences.urls")),
]
urlpatterns = [path("<slug:slug>/", include(AREAS))]
