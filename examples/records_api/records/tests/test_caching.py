"""Headers that caches go by, and validation."""

from rest_framework.test import APITestCase

from records.models import Doctor
from records.tests.factories import (
    make_appointment,
    make_job,
    make_lab_result,
    make_medical_record,
    make_person,
    make_skill,
    make_user,
    token_header,
)
from records.tests.headers import PRIVATE, PRIVATE_VARY, PUBLIC
from records.urls import router

STRONG_ETAG = r'^"[0-9a-f]{32}"$'


class CachingTestCase(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.appointment = make_appointment()
        cls.doctor = cls.appointment.doctor
        cls.credentials = token_header(make_user())


class PublicReadTests(CachingTestCase):
    def addresses(self) -> list[str]:
        return [
            "/api/",
            "/api/departments/",
            f"/api/departments/{self.doctor.department_id}/",
            "/api/doctors/",
            f"/api/doctors/{self.doctor.pk}/",
            f"/api/doctors/{self.doctor.pk}/stats/",
        ]

    def test_headers(self):
        for address in self.addresses():
            for credentials in ({}, self.credentials):
                with self.subTest(address, credentials=credentials):
                    response = self.client.get(address, **credentials)
                    self.assertEqual(response["Cache-Control"], PUBLIC)
                    self.assertEqual(response["Vary"], "Accept")
                    self.assertRegex(response["ETag"], STRONG_ETAG)
                    self.assertFalse(response.cookies)

    def test_head_has_the_headers_of_get(self):
        for address in self.addresses():
            with self.subTest(address):
                got, head = self.client.get(address), self.client.head(address)
                for name in ("ETag", "Cache-Control", "Vary", "Content-Length"):
                    self.assertEqual(head[name], got[name])

    def test_matching_etag_gives_304(self):
        for address in self.addresses():
            with self.subTest(address):
                fresh = self.client.get(address)
                for ask in (self.client.get, self.client.head):
                    response = ask(address, HTTP_IF_NONE_MATCH=fresh["ETag"])
                    self.assertEqual(response.status_code, 304)
                    self.assertEqual(response.content, b"")
                    for name in ("ETag", "Cache-Control", "Vary"):
                        self.assertEqual(response[name], fresh[name])

    def test_weak_and_listed_etags_match_too(self):
        etag = self.client.get("/api/doctors/")["ETag"]
        for condition in (f"W/{etag}", f'"other", {etag}', "*"):
            with self.subTest(condition):
                response = self.client.get(
                    "/api/doctors/", HTTP_IF_NONE_MATCH=condition
                )
                self.assertEqual(response.status_code, 304)

    def test_other_etag_gives_200(self):
        response = self.client.get("/api/doctors/", HTTP_IF_NONE_MATCH='"other"')
        self.assertEqual(response.status_code, 200)

    def test_etag_changes_with_the_record(self):
        address = f"/api/doctors/{self.doctor.pk}/"
        old = self.client.get(address)["ETag"]
        self.assertEqual(self.client.get(address)["ETag"], old)
        Doctor.objects.filter(pk=self.doctor.pk).update(specialty="Cardiology")
        response = self.client.get(address, HTTP_IF_NONE_MATCH=old)
        self.assertEqual(response.status_code, 200)
        self.assertNotEqual(response["ETag"], old)


class PrivateReadTests(CachingTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        job = make_job([make_person()], [make_skill()])
        cls.rows = {
            "patients": cls.appointment.patient_id,
            "appointments": cls.appointment.pk,
            "medical-records": make_medical_record().pk,
            "lab-results": make_lab_result().pk,
            "jobs": job.pk,
            "people": job.people.get().pk,
            "skills": job.needs.get().pk,
            "clients": job.client_id,
            "business-units": job.business_unit_id,
        }

    def test_they_are_all_lists_but_those_of_the_directory(self):
        lists = {name for name, _, _ in router.registry}
        self.assertEqual(lists - set(self.rows), {"departments", "doctors"})

    def addresses(self) -> list[str]:
        """Of all private lists, of a row of each, and of the page that is no row."""
        return ["/api/jobs/needs/"] + [
            address
            for name, pk in self.rows.items()
            for address in (f"/api/{name}/", f"/api/{name}/{pk}/")
        ]

    def test_headers(self):
        for address in self.addresses():
            with self.subTest(address):
                response = self.client.get(address, **self.credentials)
                self.assertEqual(response["Cache-Control"], PRIVATE)
                self.assertEqual(response["Vary"], PRIVATE_VARY)
                self.assertRegex(response["ETag"], STRONG_ETAG)

    def test_matching_etag_gives_304(self):
        for address in self.addresses():
            with self.subTest(address):
                etag = self.client.get(address, **self.credentials)["ETag"]
                response = self.client.get(
                    address, HTTP_IF_NONE_MATCH=etag, **self.credentials
                )
                self.assertEqual(response.status_code, 304)
                self.assertEqual(response["Cache-Control"], PRIVATE)

    def test_matching_etag_does_not_replace_credentials(self):
        for address in self.addresses():
            with self.subTest(address):
                etag = self.client.get(address, **self.credentials)["ETag"]
                response = self.client.get(address, HTTP_IF_NONE_MATCH=etag)
                self.assertEqual(response.status_code, 401)
                self.assertEqual(response["Cache-Control"], "no-store")


class NeverStoredTests(CachingTestCase):
    def assert_not_stored(self, response, status: int):
        self.assertEqual(response.status_code, status)
        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertNotIn("ETag", response)

    def test_errors(self):
        get = self.client.get
        self.assert_not_stored(get("/api/patients/"), 401)
        self.assert_not_stored(get("/api/doctors/0/"), 404)
        self.assert_not_stored(get("/api/doctors/?page=9"), 404)
        self.assert_not_stored(get("/api/doctors/", HTTP_ACCEPT="text/html"), 406)

    def test_writes(self):
        address = f"/api/doctors/{self.doctor.pk}/"
        response = self.client.patch(address, {"active": False}, **self.credentials)
        self.assert_not_stored(response, 200)

    def test_options(self):
        self.assert_not_stored(self.client.options("/api/doctors/"), 200)
