"""Variables that settings are made of."""

import os
import runpy
from pathlib import Path
from tempfile import NamedTemporaryFile
from unittest.mock import patch

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from records_api.environment import http_url, secret, secret_key


class SecretTests(SimpleTestCase):
    def test_a_variable_or_the_file_that_another_names(self):
        self.assertEqual((secret("RECORDS_X"), secret("RECORDS_X", "default")), ("", "default"))
        with NamedTemporaryFile("w+") as file:
            file.write("of the file\n")
            file.flush()
            with patch.dict(os.environ, {"RECORDS_X": "of the variable"}):
                self.assertEqual(secret("RECORDS_X"), "of the variable")
                with patch.dict(os.environ, {"RECORDS_X_FILE": file.name}):
                    self.assertEqual(secret("RECORDS_X"), "of the file")


class SecretKeyTests(SimpleTestCase):
    def read(self, **variables: str) -> str:
        with patch.dict(os.environ, variables):
            os.environ.pop("RECORDS_SECRET_KEY_FILE", None)
            return secret_key("published")

    def test_the_published_one_does_for_who_listens_on_loopback(self):
        for bind in (
            "127.0.0.1:8000",
            "127.0.0.1",
            "127.9.9.9:0",
            "localhost:8000",
            "[::1]:8000",
            "tcp://127.0.0.1:80",
            "unix:/run/records.sock",
            "127.0.0.1:8000,[::1]:8000",
        ):
            with self.subTest(bind):
                self.assertEqual(self.read(RECORDS_BIND=bind), "published")

    def test_it_is_refused_where_others_may_connect_given_or_not(self):
        for bind in (
            "0.0.0.0:8000",
            "0.0.0.0",
            ":8000",
            "",
            "[::]:8000",
            "10.0.0.7:80",
            "api:8000",
            "localhost.example:80",
            "fd://3",
            "127.0.0.1:8000,0.0.0.0:8001",
        ):
            for given in ({}, {"RECORDS_SECRET_KEY": "published"}):
                with self.subTest(bind, given=given):
                    with self.assertRaisesMessage(ImproperlyConfigured, "RECORDS_SECRET_KEY"):
                        self.read(RECORDS_BIND=bind, **given)

    def test_a_key_of_ones_own_does_everywhere(self):
        for bind in ("127.0.0.1:8000", "0.0.0.0:8000"):
            self.assertEqual(self.read(RECORDS_BIND=bind, RECORDS_SECRET_KEY="my own"), "my own")

    def test_settings_are_read_so(self):
        source = str(Path(settings.BASE_DIR) / "records_api" / "settings.py")
        with patch.dict(os.environ, {"RECORDS_BIND": "0.0.0.0:8000", "RECORDS_SECRET_KEY": "my own"}):
            self.assertEqual(runpy.run_path(source)["SECRET_KEY"], "my own")
            del os.environ["RECORDS_SECRET_KEY"]
            with self.assertRaisesMessage(ImproperlyConfigured, "'0.0.0.0:8000'"):
                runpy.run_path(source)


class HttpUrlTests(SimpleTestCase):
    def read(self, value: str) -> str:
        with patch.dict(os.environ, {"RECORDS_X": value}):
            return http_url("RECORDS_X")

    def test_an_address_is_kept_as_it_is(self):
        for url in ("http://127.0.0.1:8100", "http://[::1]:8100/v2/", "http://register"):
            self.assertEqual(self.read(url), url)

    def test_no_address_is_none(self):
        self.assertEqual(self.read(""), "")
        self.assertEqual(http_url("RECORDS_X"), "")

    def test_anything_else_stops_the_start_and_is_named(self):
        for url in (
            "127.0.0.1:8100",
            "https://register",
            "http://",
            "http://h:port",
            "http://h:0",
            "http://[::1",
            "http://h/?q",
            "http://u@h",
        ):
            with self.subTest(url), self.assertRaisesMessage(ImproperlyConfigured, "RECORDS_X"):
                self.read(url)
