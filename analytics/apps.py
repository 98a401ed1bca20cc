from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"

    def ready(self) -> None:
        from analytics.services import forget_visitors
        from store.consent import on_withdrawal

        on_withdrawal(forget_visitors)
