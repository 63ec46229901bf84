"""Which requests take the database's write lock from the start."""

from unittest import skipUnless

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APITransactionTestCase

from records.tests.factories import make_doctor, make_user, token_header

ON_SQLITE = skipUnless(connection.vendor == "sqlite", "PostgreSQL has no lock for all writes")


class TransactionTests(APITransactionTestCase):
    def setUp(self):
        self.client.credentials(**token_header(make_user()))
        self.address = f"/api/doctors/{make_doctor().pk}/"

    def begin_statements(self, send, *arguments) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            send(self.address, *arguments)
        return [q["sql"] for q in queries if q["sql"].startswith("BEGIN")]

    @ON_SQLITE
    def test_reads_do_not(self):
        self.assertEqual(self.begin_statements(self.client.get), ["BEGIN"])
        self.assertEqual(self.begin_statements(self.client.head), ["BEGIN"])

    @ON_SQLITE
    def test_writes_do(self):
        begins = self.begin_statements(self.client.patch, {"active": False})
        self.assertEqual(begins[0], "BEGIN IMMEDIATE")

    def test_passwords_are_checked_without_it(self):
        make_user("ann", "ann")
        credentials = {"username": "ann", "password": "ann"}
        for address in ("/api/auth/token/", "/api/auth/login/"):
            with CaptureQueriesContext(connection) as queries:
                self.client.credentials()
                response = self.client.post(address, credentials, format="json")
            self.assertEqual(response.status_code, 200, response.content)
            self.assertTrue(queries[0]["sql"].startswith("SELECT"), queries[0]["sql"])

    def test_query_count_leaves_transaction_control_out(self):
        self.assertEqual(self.client.get(self.address)["X-Query-Count"], "1")
