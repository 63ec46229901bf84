"""Application configuration."""

from django.apps import AppConfig
from django.core import checks


class SidecacheConfig(AppConfig):
    name = "sidecache_django"
    verbose_name = "sidecache"

    def ready(self) -> None:
        from sidecache_django.conf import check_settings
        from sidecache_django import relations, scope, writes

        checks.register(check_settings)
        relations.connect()
        scope.connect()
        writes.connect()
