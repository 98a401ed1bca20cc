from django.urls import include, path

from assistant.views import chat, recommendations, search

urlpatterns = [
    path("api/v1/assistant/", include("assistant.api.urls")),
    path("assistant/", chat.assistant, name="assistant"),
    path("assistant/panel/", chat.panel, name="assistant_panel"),
    path("assistant/deletion/", chat.deletion, name="assistant_deletion"),
    path("recommendations/", recommendations.recommendations, name="recommendations"),
    path("recommendations/clicks/", recommendations.clicks, name="recommendation_clicks"),
    path("search/", search.search, name="search"),
    path("search/instant/", search.search_instantly, name="search_instantly"),
]
