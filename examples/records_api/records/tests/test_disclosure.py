"""What nobody reads without credentials, wherever it might be shown."""

import logging

from django.db import transaction
from rest_framework.schemas.generators import EndpointEnumerator
from rest_framework.test import APITestCase

from records.tests.factories import (
    make_appointment,
    make_department,
    make_doctor,
    make_patient,
    make_user,
    token_header,
)

REASON = "Lump in the left breast"


class ReasonsTests(APITestCase):
    """Why a patient comes is free text of whoever made the appointment."""

    @classmethod
    def setUpTestData(cls):
        doctor = make_doctor(pk=7, department=make_department(pk=7))
        patient = make_patient(pk=7, primary_doctor=doctor)
        make_appointment(pk=7, doctor=doctor, patient=patient, reason=REASON, status="completed")

    def setUp(self):
        logging.disable(logging.ERROR)  # "Service Unavailable": no drug register is configured
        self.addCleanup(logging.disable, logging.NOTSET)

    def answers(self, **credentials):
        """Of every endpoint to each of its methods, without content, and with a search for the word."""
        endpoints = [("/api/", "GET")]  # DRF leaves its root out
        endpoints += [(path, method) for path, method, _ in EndpointEnumerator().get_api_endpoints()]
        for path, method in endpoints:
            address = path.replace("{pk}", "7").replace("{code}", "C10AA01")
            for query in ("", "?search=lump"):
                with transaction.atomic():
                    yield address, method, self.client.generic(method, address + query, **credentials)
                    transaction.set_rollback(True)  # what was deleted is there for the next

    def test_no_anonymous_answer_shows_one(self):
        readable = set()
        for address, method, response in self.answers():
            with self.subTest(address, method=method):
                self.assertNotIn(REASON, response.content.decode())
            if response.status_code == 200:
                readable.add(address)
        directory = ("departments/", "departments/7/", "doctors/", "doctors/7/", "doctors/7/stats/")
        self.assertEqual(readable, {"/api/"}.union(f"/api/{each}" for each in directory))

    def test_who_may_read_appointments_is_shown_it_there_alone(self):
        credentials = token_header(make_user(role="receptionist"))
        shown = {
            address
            for address, method, response in self.answers(**credentials)
            if method == "GET" and REASON in response.content.decode()
        }
        self.assertEqual(shown, {"/api/appointments/", "/api/appointments/7/"})
