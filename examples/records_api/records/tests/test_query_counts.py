"""How many queries requests make, and that the responses say so."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APITestCase

from records.tests.factories import (
    make_appointment,
    make_doctor,
    make_user,
    token_header,
)


class QueryCountTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.credentials = token_header(make_user())
        for _ in range(10):
            cls.appointment = make_appointment(doctor=make_doctor())
        cls.doctor = f"/api/doctors/{cls.appointment.doctor_id}/"

    def assert_queries(self, address: str, count: int, **extra):
        """GET runs as many statements, savepoints aside, and reports that number."""
        with CaptureQueriesContext(connection) as captured:
            response = self.client.get(address, **extra)
        statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        self.assertEqual(len(statements), count, statements)
        self.assertEqual(response["X-Query-Count"], str(count))
        self.assertRegex(
            response["Server-Timing"], rf'^db;dur=\d+\.\d\d;desc="{count} queries"$'
        )

    def test_public_reads(self):
        self.assert_queries("/api/", 0)
        self.assert_queries("/api/departments/", 2)
        self.assert_queries("/api/doctors/", 2)
        self.assert_queries(self.doctor, 1)
        self.assert_queries(f"{self.doctor}stats/", 5)

    def test_private_reads_add_one_for_the_token_and_one_for_the_role(self):
        self.assert_queries("/api/patients/", 4, **self.credentials)
        self.assert_queries("/api/appointments/", 4, **self.credentials)
        address = f"/api/appointments/{self.appointment.pk}/"
        self.assert_queries(address, 3, **self.credentials)

    def test_304_costs_as_many_queries_as_200(self):
        etag = self.client.get("/api/doctors/")["ETag"]
        self.assert_queries("/api/doctors/", 2, HTTP_IF_NONE_MATCH=etag)

    def test_patch(self):
        response = self.client.patch(self.doctor, {"active": False}, **self.credentials)
        self.assertEqual(response["X-Query-Count"], "4")

    def test_healthz(self):
        self.assert_queries("/healthz/", 0)
