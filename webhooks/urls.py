"""With or without a slash at the end: a webhook that is redirected is a webhook that is lost."""

from django.urls import re_path

from webhooks import views

urlpatterns = [
    re_path(r"^webhooks/stripe/?\Z", views.receive_stripe, name="webhook_stripe"),
    re_path(r"^webhooks/(?P<resource>[a-z_-]+)/(?P<action>[a-z_-]+)/?\Z", views.receive, name="webhook"),
    re_path(r"^webhooks(?:/[\s\S]*)?\Z", views.no_such_kind, name="webhook_unknown"),
]
