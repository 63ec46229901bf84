"""Creating, changing and deleting records."""

from rest_framework.test import APITestCase

from records.models import Department
from records.tests.factories import (
    make_appointment,
    make_department,
    make_doctor,
    make_user,
    token_header,
)


class WriteTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.token = token_header(make_user())
        cls.doctor = make_doctor(specialty="Neurology")
        cls.address = f"/api/doctors/{cls.doctor.pk}/"

    def setUp(self):
        self.client.credentials(**self.token)

    def test_patch_shows_in_the_next_read(self):
        before = self.client.get(self.address).json()
        response = self.client.patch(self.address, {"specialty": "Cardiology"})
        self.assertEqual(response.status_code, 200)
        after = self.client.get(self.address).json()
        self.assertEqual(after, response.json())
        self.assertEqual(after["specialty"], "Cardiology")
        self.assertGreater(after["updated_at"], before["updated_at"])
        page = self.client.get("/api/doctors/?search=cardiology").json()
        self.assertEqual(page["results"], [after])

    def test_patch_of_the_department_shows_its_name(self):
        oncology = make_department(name="Oncology")
        response = self.client.patch(self.address, {"department": oncology.pk})
        self.assertEqual(response.json()["department_name"], "Oncology")

    def test_create_and_delete(self):
        department = {"name": "Radiology", "location": "Basement"}
        response = self.client.post("/api/departments/", department)
        self.assertEqual(response.status_code, 201)
        address = f"/api/departments/{response.json()['id']}/"
        self.assertEqual(self.client.get(address).json(), response.json())
        self.assertEqual(self.client.delete(address).status_code, 204)
        self.assertEqual(self.client.get(address).status_code, 404)

    def test_put(self):
        address = f"/api/departments/{self.doctor.department_id}/"
        response = self.client.put(address, {"name": "Renamed", "location": "Roof"})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.client.get(self.address).json()["department_name"], "Renamed")

    def test_invalid_values(self):
        for change in (
            {"email": "not an address"},
            {"department": 999999},
            {"specialty": ""},
            {"licence_number": make_doctor().licence_number},
        ):
            with self.subTest(change):
                response = self.client.patch(self.address, change)
                self.assertEqual(response.status_code, 400)
                self.assertEqual(response.json().keys(), change.keys())

    def test_invalid_appointment(self):
        address = f"/api/appointments/{make_appointment().pk}/"
        for change in ({"status": "lost"}, {"duration_minutes": 0}):
            with self.subTest(change):
                self.assertEqual(self.client.patch(address, change).status_code, 400)

    def test_record_that_others_refer_to_stays(self):
        response = self.client.delete(f"/api/departments/{self.doctor.department_id}/")
        self.assertEqual(response.status_code, 409)
        self.assertTrue(Department.objects.filter(doctors=self.doctor).exists())
