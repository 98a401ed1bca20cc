from django.urls import path

from payments.api import views

urlpatterns = [
    path("", views.cart, name="api_cart"),
    path("/items", views.items, name="api_cart_items"),
    path("/items/<str:product_id>", views.item, name="api_cart_item"),
]
