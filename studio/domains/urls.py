from django.urls import path

from studio.domains import views

urlpatterns = [
    path("domains/", views.domains, name="domains"),
    path("domains/primary/", views.platform_primary, name="platform_primary"),
    path("domains/<int:domain_id>/check/", views.domain_check, name="domain_check"),
    path("domains/<int:domain_id>/release/", views.domain_release, name="domain_release"),
    path("domains/<int:domain_id>/primary/", views.domain_primary, name="domain_primary"),
]
