"""How `manage.py test` differs from serving."""

from django.test.runner import DiscoverRunner
from django.test.utils import override_settings


class QuickPasswordsRunner(DiscoverRunner):
    """Hashes passwords quickly: most tests make users, and the real hash is slow on purpose."""

    _settings = override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]
    )

    def setup_test_environment(self, **kwargs) -> None:
        super().setup_test_environment(**kwargs)
        self._settings.enable()

    def teardown_test_environment(self, **kwargs) -> None:
        self._settings.disable()
        super().teardown_test_environment(**kwargs)
