from django.urls import path

from studio.look import version_views, views

urlpatterns = [
    path("look/", views.look, name="look"),
    path("look/undo/", views.undo, name="look_undo"),
    path("look/redo/", views.redo, name="look_redo"),
    path("look/restart/", views.restart, name="look_restart"),
    path("look/faces.css", views.faces, name="look_faces"),
    path("look/sharing/", version_views.sharing, name="look_sharing"),
    path("look/sharing/withdrawal/", version_views.withdrawal, name="look_withdrawal"),
    path("look/publication/", version_views.publication, name="look_publication"),
    path("look/versions/", version_views.versions, name="versions"),
    path("look/versions/<int:number>/return/", version_views.return_to, name="version_return"),
    path("look/versions/<int:number>/draft/", version_views.use_as_draft, name="version_draft"),
    path("look/versions/<int:number>/cancellation/", version_views.cancel, name="version_cancellation"),
    path("look/closing/", version_views.closing, name="store_closing"),
    path("look/opening/", version_views.opening, name="store_opening"),
]
