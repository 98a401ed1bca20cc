from django.urls import path

from studio.preferences import views
from studio.preferences.groups import GROUPS

urlpatterns = [
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/example/", views.example, name="preferences_example"),
    path("preferences/picture.png", views.share_picture, name="preferences_share_picture"),
    path("preferences/picture/removal/", views.remove_picture, name="preferences_picture_removal"),
    *(
        path(f"preferences/{group}/", views.save_group, {"group": group}, name=f"preferences_{group}")
        for group in GROUPS
    ),
]
