from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "store"

    def ready(self) -> None:
        from store import checks, signals  # noqa: F401  (registered by being imported)
