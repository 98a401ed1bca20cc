from django.urls import path

from catalog import views
from catalog.image_views import image, social_card, social_upload

urlpatterns = [
    path("", views.home, name="home"),
    path("services/", views.services, name="services"),
    path("services/<uuid:service_id>-<slug:slug>/", views.service, name="service"),
    path("team/", views.team, name="team"),
    path("team/<uuid:staff_id>-<slug:slug>/", views.staff_profile, name="staff_profile"),
    path("shop/", views.shop, name="shop"),
    path("shop/<uuid:product_id>-<slug:slug>/", views.product, name="product"),
    path("gallery/", views.gallery, name="gallery"),
    path("reviews/", views.reviews, name="reviews"),
    path("about/", views.about, name="about"),
    path("policies/", views.policies, name="policies"),
    path("images/<slug:digest>-<int:width>.webp", image, name="image"),
    path("social-<slug:digest>.png", social_card, name="social_card"),
    path("social-<slug:digest>.jpg", social_upload, name="social_upload"),
]
