from django.urls import path

from studio.preview import views

urlpatterns = [
    path("preview/<str:token>/<slug:mode>/", views.preview, name="preview"),
    path("preview/<str:token>/<slug:mode>/<path:rest>", views.preview, name="preview_page"),
]
