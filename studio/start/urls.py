from django.urls import path

from studio.start import views

urlpatterns = [
    path("start/", views.start, name="start"),
    path("start/connection/", views.connection, name="start_connection"),
    path("start/template/", views.template, name="start_template"),
    path("start/brand/", views.brand, name="start_brand"),
    path("start/facts/", views.facts, name="start_facts"),
    path("start/booking/", views.trial, name="start_booking"),
    path("start/address/", views.address, name="start_address"),
]
