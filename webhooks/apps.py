from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from webhooks import handlers  # noqa: F401  (two owners for one kind end the start of any process)
