from django.urls import path

from booking.api import views

urlpatterns = [
    path("availability", views.availability, name="api_availability"),
    path("draft", views.drafts, name="api_drafts"),
    path("draft/<str:draft_id>", views.draft, name="api_draft"),
    path("draft/<str:draft_id>/confirm", views.confirm, name="api_confirm"),
    path("<str:token>", views.booking, name="api_booking"),
    path("<str:token>/cancellation", views.cancellation, name="api_cancellation"),
]
