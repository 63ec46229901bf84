"""SIDECACHE, read by Django's checks."""

from django.core import checks
from django.test import SimpleTestCase, override_settings

from sidecache_django.conf import check_settings, options
from sidecache_django.tests.support import sidecache


class CheckTests(SimpleTestCase):
    def assert_good(self, **values):
        with self.subTest(values), sidecache(**values):
            self.assertEqual(check_settings(None), [])

    def assert_bad(self, key: str, *values):
        for value in values:
            with self.subTest(key, value=value), sidecache(**{key: value}):
                (found,) = check_settings(None)
                self.assertEqual(found.id, "sidecache_django.E003")
                self.assertIn(repr(key), found.msg)

    def test_what_is_good(self):
        self.assert_good()
        self.assert_good(ADMIN=None)
        self.assert_good(ADMIN=[])
        self.assert_good(ADMIN="http://127.0.0.1:9900", TIMEOUT=0.5, RETRIES=0)
        self.assert_good(ADMIN=["http://[::1]:9900/", "http://cache"], ON_FAILURE="raise")
        self.assert_good(VIA=None, MAX_GROUPS=2, IGNORE=[])

    def test_what_is_not(self):
        self.assert_bad(
            "ADMIN",
            *("127.0.0.1:9900", "https://cache:9900", "http://", "http://cache:99999"),
            *("http://cache/invalidate", "http://me@cache", 9900, [None], "http://a b"),
        )
        self.assert_bad("TIMEOUT", 0, -1, 61, "2", True, None, float("nan"))
        self.assert_bad("RETRIES", -1, 11, 1.5, True)
        self.assert_bad("ON_FAILURE", "ignore", None)
        self.assert_bad("VIA", "", "1.1 sidecache", 1)
        self.assert_bad("MAX_GROUPS", 1, 4097, "48")
        self.assert_bad("IGNORE", "auth.user", ["auth"], [1])

    def test_all_is_said_at_once(self):
        with sidecache(TIMEOUT=0, RETRIES=-1):
            self.assertEqual(len(check_settings(None)), 2)

    def test_a_key_that_there_is_not(self):
        with sidecache(ADMINS="http://127.0.0.1:9900"):
            (found,) = checks.run_checks()
        self.assertEqual(found.id, "sidecache_django.E002")
        self.assertIn("ADMINS", found.msg)

    def test_no_dict(self):
        with override_settings(SIDECACHE="http://127.0.0.1:9900"):
            (found,) = check_settings(None)
        self.assertEqual(found.id, "sidecache_django.E001")

    def test_without_the_setting_only_headers_are_used(self):
        with override_settings():
            from django.conf import settings

            del settings.SIDECACHE
            options.cache_clear()
            self.addCleanup(options.cache_clear)
            self.assertEqual(options().doors, ())
