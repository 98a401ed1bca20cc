from django.urls import path

from studio.history import views

urlpatterns = [path("history/", views.history, name="history")]
