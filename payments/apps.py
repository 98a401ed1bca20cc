from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from catalog.basket import register_basket
        from payments.basket import read_basket
        from payments.services import orders  # noqa: F401 (registers what orders are paid for)

        register_basket(read_basket)
