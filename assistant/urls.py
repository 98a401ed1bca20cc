from django.urls import include, path

from assistant.views import chat, search

urlpatterns = [
    path("api/v1/assistant/", include("assistant.api.urls")),
    path("assistant/", chat.assistant, name="assistant"),
    path("assistant/panel/", chat.panel, name="assistant_panel"),
    path("assistant/deletion/", chat.deletion, name="assistant_deletion"),
    path("search/", search.search, name="search"),
    path("search/instant/", search.search_instantly, name="search_instantly"),
]
