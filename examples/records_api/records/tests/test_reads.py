"""Lists, pages, searches and details."""

from rest_framework.test import APITestCase

from records.tests.factories import (
    make_appointment,
    make_department,
    make_doctor,
    make_patient,
    make_user,
    token_header,
)


class DoctorReadTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.neurology = make_department(name="Neurology")
        cls.grace = make_doctor(
            department=cls.neurology,
            first_name="Grace",
            last_name="Abbott",
            email="grace@hospital.example",
            licence_number="LIC-A",
        )
        for _ in range(24):
            make_doctor(department=cls.neurology, specialty="Epileptology")

    def names(self, address: str) -> list[str]:
        return [row["last_name"] for row in self.client.get(address).json()["results"]]

    def test_list_is_in_order_of_names(self):
        self.assertEqual(self.names("/api/doctors/"), ["Abbott"] + ["Weber"] * 19)

    def test_list_is_paginated(self):
        page = self.client.get("/api/doctors/").json()
        self.assertEqual(page["count"], 25)
        self.assertEqual(page["next"], "http://testserver/api/doctors/?page=2")
        self.assertIsNone(page["previous"])
        self.assertEqual(len(self.names("/api/doctors/?page=2")), 5)

    def test_page_size(self):
        self.assertEqual(len(self.names("/api/doctors/?page_size=3")), 3)

    def test_page_size_is_clamped(self):
        for _ in range(80):
            make_doctor(department=self.neurology)
        self.assertEqual(len(self.names("/api/doctors/?page_size=5000")), 100)

    def test_page_beyond_the_last(self):
        self.assertEqual(self.client.get("/api/doctors/?page=3").status_code, 404)

    def test_search(self):
        self.assertEqual(self.names("/api/doctors/?search=abb"), ["Abbott"])
        self.assertEqual(len(self.names("/api/doctors/?search=epilept")), 20)
        self.assertEqual(self.names("/api/doctors/?search=nobody"), [])

    def test_detail(self):
        doctor = self.client.get(f"/api/doctors/{self.grace.pk}/").json()
        self.assertTrue(doctor.pop("updated_at").endswith("Z"))
        self.assertEqual(
            doctor,
            {
                "id": self.grace.pk,
                "first_name": "Grace",
                "last_name": "Abbott",
                "specialty": "Neurology",
                "department": self.neurology.pk,
                "department_name": "Neurology",
                "email": "grace@hospital.example",
                "licence_number": "LIC-A",
                "active": True,
            },
        )

    def test_unknown_doctor(self):
        response = self.client.get("/api/doctors/999999/")
        self.assertEqual(response.status_code, 404)
        self.assertEqual(response.json(), {"detail": "Not found."})

    def test_only_json_is_offered(self):
        response = self.client.get("/api/doctors/", HTTP_ACCEPT="text/html")
        self.assertEqual(response.status_code, 406)


class OtherReadTests(APITestCase):
    def test_root_lists_the_lists(self):
        self.assertEqual(
            self.client.get("/api/").json(),
            {
                name: f"http://testserver/api/{name}/"
                for name in (
                    "departments",
                    "doctors",
                    "patients",
                    "appointments",
                    "medical-records",
                    "lab-results",
                    "jobs",
                    "people",
                    "skills",
                    "clients",
                    "business-units",
                )
            },
        )

    def test_departments(self):
        department = make_department(name="Oncology", location="West Wing")
        row = self.client.get(f"/api/departments/{department.pk}/").json()
        self.assertEqual((row["name"], row["location"]), ("Oncology", "West Wing"))
        self.assertEqual(self.client.get("/api/departments/").json()["count"], 1)

    def test_patients(self):
        patient = make_patient(mrn="MRN-42")
        make_patient(last_name="Novak")
        credentials = token_header(make_user())
        page = self.client.get("/api/patients/?search=MRN-42", **credentials).json()
        self.assertEqual(page["count"], 1)
        detail = self.client.get(f"/api/patients/{patient.pk}/", **credentials).json()
        self.assertEqual(page["results"], [detail])
        self.assertEqual(detail["birth_date"], "1980-02-29")
        self.assertEqual(detail["primary_doctor_name"], "Grace Weber")

    def test_appointments(self):
        appointment = make_appointment(reason="Back pain")
        credentials = token_header(make_user())
        address = f"/api/appointments/{appointment.pk}/"
        detail = self.client.get(address, **credentials).json()
        self.assertEqual(detail["starts_at"], "2024-03-04T09:00:00Z")
        self.assertEqual(detail["status"], "scheduled")
        self.assertEqual(detail["doctor_name"], "Grace Weber")
        self.assertEqual(detail["patient_name"], "Omar Haddad")
        page = self.client.get("/api/appointments/?search=back", **credentials).json()
        self.assertEqual(page["results"], [detail])

    def test_address_outside_the_api(self):
        response = self.client.get("/nothing/here/")
        self.assertEqual(response.status_code, 404)
        self.assertEqual(response.json(), {"detail": "Not found."})
        self.assertEqual(response["Cache-Control"], "no-store")

    def test_healthz(self):
        with self.assertNumQueries(0):
            response = self.client.get("/healthz/")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.content, b"ok\n")
        self.assertEqual(response["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(response["Cache-Control"], "no-store")
