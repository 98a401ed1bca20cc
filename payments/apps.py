from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from catalog.held import register_held
        from payments.cart import find_in_cart
        from payments.services import orders  # noqa: F401 (registers what orders are paid for)

        register_held(find_in_cart)
