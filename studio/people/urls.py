from django.urls import path

from studio.people import views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/invitations/", views.invite, name="people_invitations"),
    path("people/invitations/<uuid:invitation_id>/withdrawal/", views.withdraw, name="people_withdrawal"),
    path("people/members/<int:member_id>/role/", views.change_role, name="people_role"),
    path("people/members/<int:member_id>/removal/", views.remove, name="people_removal"),
    path("people/leaving/", views.leave, name="people_leaving"),
]
