from django.urls import include, path

from payments.views import cart, checkout, orders, paying

urlpatterns = [
    path("api/v1/cart", include("payments.api.urls")),
    path("cart/", cart.cart, name="cart"),
    path("cart/items/", cart.cart_items, name="cart_items"),
    path("cart/items/<uuid:product_id>/", cart.cart_item, name="cart_item"),
    path("cart/items/<uuid:product_id>/removal/", cart.cart_removal, name="cart_removal"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("payments/<str:token>/", paying.payment, name="payment"),
    path("payments/<str:token>/start/", paying.payment_start, name="payment_start"),
    path("payments/<str:token>/return/", paying.payment_return, name="payment_return"),
    path("orders/<str:token>/", orders.order, name="order"),
]
