"""Variables that settings are made of."""

import os
from tempfile import NamedTemporaryFile
from unittest.mock import patch

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from records_api.environment import http_url, secret


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
