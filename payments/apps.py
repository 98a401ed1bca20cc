from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments.services import orders  # noqa: F401 (registers what orders are paid for)
