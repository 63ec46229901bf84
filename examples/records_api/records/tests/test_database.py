"""DATABASE_URL and RECORDS_DB"""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from records_api.database import database


class DatabaseTests(SimpleTestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.default = Path(folder.name, "new", "records.sqlite3")

    def read(self, url: str, **others) -> dict:
        return database({"DATABASE_URL": url, **others}, self.default)

    def test_a_postgresql_server_with_all_that_an_address_can_tell(self):
        found = self.read("postgresql://ann:s%40cret%2F@db.example:6432/records?sslmode=require")
        self.assertEqual(found["ENGINE"], "django.db.backends.postgresql")
        self.assertEqual((found["USER"], found["PASSWORD"]), ("ann", "s@cret/"))
        self.assertEqual((found["HOST"], found["PORT"]), ("db.example", "6432"))
        self.assertEqual((found["NAME"], found["OPTIONS"]), ("records", {"sslmode": "require"}))
        self.assertTrue(found["ATOMIC_REQUESTS"])

    def test_a_postgresql_server_on_this_machine(self):
        found = self.read("postgres:///records")
        self.assertEqual((found["NAME"], found["HOST"], found["PORT"]), ("records", "", ""))

    def test_the_folder_of_a_socket(self):
        found = self.read("postgresql://ann@/records?host=/run/postgresql&connect_timeout=2")
        self.assertEqual((found["USER"], found["HOST"]), ("ann", "/run/postgresql"))
        self.assertEqual(found["OPTIONS"], {"connect_timeout": "2"})

    def test_a_password_from_a_file(self):
        file = Path(self.default.parent.parent, "password")
        file.write_text("s@cret/ \n")
        variables = {"RECORDS_DATABASE_PASSWORD_FILE": str(file)}
        found = self.read("postgresql://ann@db.example/records?sslmode=require", **variables)
        self.assertEqual((found["USER"], found["PASSWORD"]), ("ann", "s@cret/"))
        self.assertEqual((found["HOST"], found["OPTIONS"]), ("db.example", {"sslmode": "require"}))
        for url in ("postgresql://ann:secret@db/records", "postgresql:///records?password=secret"):
            with self.subTest(url), self.assertRaises(ImproperlyConfigured) as raised:
                self.read(url, **variables)
            self.assertIn("RECORDS_DATABASE_PASSWORD_FILE", str(raised.exception))
            self.assertNotIn("secret", str(raised.exception))
        with self.assertRaisesMessage(FileNotFoundError, "missing"):
            self.read("postgresql:///a", RECORDS_DATABASE_PASSWORD_FILE=f"{file}.missing")

    def test_an_sqlite_file(self):
        path = self.default.parent / "other file.sqlite3"
        found = self.read("sqlite:///" + str(path).replace(" ", "%20"))
        self.assertEqual((found["ENGINE"], found["NAME"]), ("records_api.sqlite_wal", path))
        self.assertEqual(self.read("sqlite:///a.sqlite3")["NAME"], Path("a.sqlite3"))

    def test_without_an_address_a_path_and_without_that_the_default(self):
        self.assertEqual(self.read("")["NAME"], self.default)
        self.assertTrue(self.default.parent.is_dir())
        path = self.default.parent / "other.sqlite3"
        self.assertEqual(self.read("", RECORDS_DB=str(path))["NAME"], path)

    def test_anything_else_is_refused_without_telling_the_password(self):
        for url in (
            "mysql://ann:secret@db/records",
            "postgresql://ann:secret@db",
            "postgresql://ann:secret@db/a/b",
            "postgresql://ann:secret@db:port/records",
            "sqlite://",
            "sqlite://host/records.sqlite3",
            "records.sqlite3",
        ):
            with self.subTest(url), self.assertRaises(ImproperlyConfigured) as raised:
                self.read(url)
            self.assertIn("DATABASE_URL: expected postgresql://", str(raised.exception))
            self.assertNotIn("secret", str(raised.exception))
