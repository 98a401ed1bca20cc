from django.urls import path

from assistant import recommendation_views

urlpatterns = [
    path("recommendations/", recommendation_views.recommendations, name="recommendations"),
    path("recommendations/clicks/", recommendation_views.recommendation_clicks, name="recommendation_clicks"),
    path(
        "api/v1/assistant/recommendations",
        recommendation_views.api_recommendations,
        name="api_recommendations",
    ),
]
