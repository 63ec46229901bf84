"""Static files with hashed names, and the page that shows them."""

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import call_command
from django.test import SimpleTestCase, override_settings


class StaticFileTests(SimpleTestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        changed = override_settings(STATIC_ROOT=folder.name)
        changed.enable()
        self.addCleanup(changed.disable)
        call_command("collectstatic", interactive=False, verbosity=0)

    def hashed_style_sheet(self) -> str:
        page = self.client.get("/").content.decode()
        found = re.search(r'href="(/static/records\.[0-9a-f]{12}\.css)"', page)
        self.assertIsNotNone(found, page)
        return found[1]

    def read(self, address: str):
        """The response and what is in it; it comes from a file, piece by piece."""
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200)
        return response, b"".join(response.streaming_content).decode()

    def test_the_start_page_names_hashed_files_and_is_kept_for_a_minute(self):
        response = self.client.get("/")
        self.assertEqual(response["Cache-Control"], "public, max-age=60")
        self.assertEqual(response["X-Query-Count"], "0")
        self.assertIn('href="/api/"', response.content.decode())
        self.assertRegex(response.content.decode(), r"/static/records\.[0-9a-f]{12}\.svg")

    def test_a_hashed_name_may_be_kept_for_ever(self):
        response, style = self.read(self.hashed_style_sheet())
        self.assertEqual(response["Cache-Control"], "public, max-age=31536000, immutable")
        self.assertEqual(response["Content-Type"], "text/css")
        self.assertNotIn("Vary", response)
        self.assertFalse(response.cookies)
        self.assertRegex(style, r'url\("records\.[0-9a-f]{12}\.svg"\)')

    def test_a_plain_name_may_not(self):
        response, style = self.read("/static/records.css")
        self.assertEqual(response["Cache-Control"], "public, max-age=60")
        self.assertIn('url("records.svg")', style)

    def test_a_file_that_the_client_has_is_not_sent_again(self):
        address = self.hashed_style_sheet()
        response, _ = self.read(address)
        again = self.client.get(address, HTTP_IF_MODIFIED_SINCE=response["Last-Modified"])
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.assertEqual(again["Cache-Control"], response["Cache-Control"])

    def test_a_file_that_is_not_there_is_not_to_be_stored(self):
        hashed = self.hashed_style_sheet()
        for address in (
            hashed.replace("records.", "records.0"),
            "/static/",
            "/static/../manage.py",
            "/static/%2e%2e/manage.py",
        ):
            with self.subTest(address):
                response = self.client.get(address)
                self.assertEqual(response.status_code, 404)
                self.assertEqual(response["Cache-Control"], "no-store")

    def test_there_is_nothing_to_write(self):
        self.assertEqual(self.client.post("/static/records.css").status_code, 405)

    def test_what_is_complete_is_not_written_again(self):
        root = Path(settings.STATIC_ROOT)

        def written() -> dict[str, int]:
            return {path.name: path.stat().st_mtime_ns for path in (root, *root.iterdir())}

        before = written()
        call_command("prepare_static")
        self.assertEqual(written(), before)

    def test_what_is_missing_or_of_an_older_release_is_mended(self):
        root = Path(settings.STATIC_ROOT)

        def content() -> dict[str, bytes]:
            return {path.name: path.read_bytes() for path in root.iterdir()}

        right = content()
        for name in right:
            with self.subTest(f"no {name}"):
                (root / name).unlink()
                call_command("prepare_static")
                self.assertEqual(content(), right)
        for name in ("records.css", "records.svg"):
            with self.subTest(f"an older {name}"):
                (root / name).write_text("of an older release")
                os.utime(root / name, (0, 0))
                call_command("prepare_static")
                self.assertEqual(content(), right)
        with self.subTest("an older list of names"):
            manifest = root / "staticfiles.json"
            manifest.write_text(manifest.read_text().replace("records.css", "style.css"))
            call_command("prepare_static")
            self.assertEqual(content(), right)
