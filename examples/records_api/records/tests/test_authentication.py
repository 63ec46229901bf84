"""Who may do what, by token and by session."""

from rest_framework.test import APIClient, APITestCase

from records.tests.factories import (
    make_appointment,
    make_doctor,
    make_user,
    token_header,
)


class AnonymousTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.appointment = make_appointment()

    def test_may_read_departments_and_doctors(self):
        doctor = self.appointment.doctor
        for address in (
            "/api/",
            "/api/departments/",
            f"/api/departments/{doctor.department_id}/",
            "/api/doctors/",
            f"/api/doctors/{doctor.pk}/",
            f"/api/doctors/{doctor.pk}/stats/",
        ):
            with self.subTest(address):
                self.assertEqual(self.client.get(address).status_code, 200)

    def test_may_not_read_patients_or_appointments(self):
        for address in (
            "/api/patients/",
            f"/api/patients/{self.appointment.patient_id}/",
            "/api/appointments/",
            f"/api/appointments/{self.appointment.pk}/",
        ):
            with self.subTest(address):
                response = self.client.get(address)
                self.assertEqual(response.status_code, 401)
                self.assertEqual(response["WWW-Authenticate"], "Token")

    def test_may_not_write(self):
        address = f"/api/doctors/{self.appointment.doctor_id}/"
        for send in (self.client.patch, self.client.put, self.client.delete):
            self.assertEqual(send(address, {}).status_code, 401)
        self.assertEqual(self.client.post("/api/departments/", {}).status_code, 401)


class TokenTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = make_user("ada", "a password")

    def request_token(self, **credentials):
        return self.client.post("/api/auth/token/", credentials)

    def test_token_opens_patients(self):
        response = self.request_token(username="ada", password="a password")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response["Cache-Control"], "no-store")
        authorization = f"Token {response.json()['token']}"
        response = self.client.get("/api/patients/", HTTP_AUTHORIZATION=authorization)
        self.assertEqual(response.status_code, 200)

    def test_wrong_password(self):
        response = self.request_token(username="ada", password="wrong")
        self.assertEqual(response.status_code, 400)

    def test_wrong_token(self):
        wrong = {"HTTP_AUTHORIZATION": "Token wrong"}
        self.assertEqual(self.client.get("/api/patients/", **wrong).status_code, 401)
        response = self.client.patch("/api/doctors/1/", {}, **wrong)
        self.assertEqual(response.status_code, 401)

    def test_public_reads_ignore_credentials(self):
        address = f"/api/doctors/{make_doctor().pk}/"
        anonymous = self.client.get(address)
        for credentials in (
            token_header(self.user),
            {"HTTP_AUTHORIZATION": "Token wrong"},
            {"HTTP_COOKIE": "sessionid=wrong"},
            {"HTTP_COOKIE": f"sessionid={'a' * 32}"},
        ):
            with self.subTest(credentials):
                response = self.client.get(address, **credentials)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.content, anonymous.content)
                self.assertEqual(response["Vary"], anonymous["Vary"])
                self.assertEqual(response["X-Query-Count"], "1")
                self.assertFalse(response.cookies)


class SessionTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        make_user("ada", "a password")
        cls.doctor = make_doctor()

    def setUp(self):
        self.client = APIClient(enforce_csrf_checks=True)

    def log_in(self, password: str = "a password", **options):
        credentials = {"username": "ada", "password": password}
        return self.client.post("/api/auth/login/", credentials, **options)

    def csrf_header(self) -> dict[str, str]:
        return {"HTTP_X_CSRFTOKEN": self.client.cookies["csrftoken"].value}

    def test_login_opens_patients_and_logout_closes_them(self):
        response = self.log_in()
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {"username": "ada"})
        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertEqual(self.client.get("/api/patients/").status_code, 200)

        response = self.client.post("/api/auth/logout/", **self.csrf_header())
        self.assertEqual(response.status_code, 204)
        self.assertEqual(self.client.get("/api/patients/").status_code, 401)

    def test_wrong_password(self):
        self.assertEqual(self.log_in(password="wrong").status_code, 400)
        self.assertNotIn("sessionid", self.client.cookies)

    def test_login_takes_json_only(self):
        self.assertEqual(self.log_in(format="multipart").status_code, 415)

    def test_writes_need_the_csrf_token(self):
        self.log_in()
        address = f"/api/doctors/{self.doctor.pk}/"
        change = {"specialty": "Cardiology"}
        self.assertEqual(self.client.patch(address, change).status_code, 403)
        response = self.client.patch(address, change, **self.csrf_header())
        self.assertEqual(response.status_code, 200)

    def test_logout_needs_a_session(self):
        self.assertEqual(self.client.post("/api/auth/logout/").status_code, 403)
