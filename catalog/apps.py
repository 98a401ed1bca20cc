from typing import Any

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from analytics.days import register_zones
        from catalog.queries import find_zone
        from config.redis import is_back

        register_zones(find_zone)
        is_back.connect(_expire_all, dispatch_uid="catalog")


def _expire_all(**_: Any) -> None:
    """What webhooks said while Redis was away it does not know: every copy is asked for again."""
    from catalog.kept import expire_all

    expire_all()
