from django.urls import path

from assistant.api import views

urlpatterns = [
    path("chat", views.chat, name="api_chat"),
    path("recommendations", views.recommendations, name="api_recommendations"),
    path("search", views.search, name="api_search"),
]
