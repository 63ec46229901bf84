"""What each role may do, and /api/me/permissions/."""

from rest_framework.test import APITestCase

from records.models import StaffMember
from records.tests.factories import make_appointment, make_doctor, make_user, token_header
from records.tests.headers import PRIVATE, PRIVATE_VARY

ADDRESS = "/api/me/permissions/"


class RoleTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.appointment = make_appointment()

    def log_in(self, role: str | None):
        self.client.credentials(**token_header(make_user(f"a-{role}", role=role)))

    def test_a_receptionist_writes_patients_and_appointments_but_not_the_directory(self):
        self.log_in("receptionist")
        patient = f"/api/patients/{self.appointment.patient_id}/"
        self.assertEqual(self.client.patch(patient, {"phone": "+1-0"}).status_code, 200)
        appointment = f"/api/appointments/{self.appointment.pk}/"
        self.assertEqual(self.client.patch(appointment, {"reason": "x"}).status_code, 200)
        doctor = f"/api/doctors/{self.appointment.doctor_id}/"
        self.assertEqual(self.client.get(doctor).status_code, 200)
        self.assertEqual(self.client.patch(doctor, {"active": False}).status_code, 403)

    def test_doctors_and_admins_write_the_directory(self):
        address = f"/api/doctors/{make_doctor().pk}/"
        for role in ("doctor", "admin"):
            self.log_in(role)
            self.assertEqual(self.client.patch(address, {"active": False}).status_code, 200)

    def test_a_user_who_is_no_staff_member_reads_what_is_public_alone(self):
        self.log_in(None)
        self.assertEqual(self.client.get("/api/doctors/").status_code, 200)
        self.assertEqual(self.client.get("/api/patients/").status_code, 403)
        self.assertEqual(self.client.post("/api/departments/", {}).status_code, 403)

    def test_a_role_that_is_taken_away_counts_from_the_next_request_on(self):
        self.log_in("doctor")
        self.assertEqual(self.client.get("/api/patients/").status_code, 200)
        StaffMember.objects.all().delete()
        self.assertEqual(self.client.get("/api/patients/").status_code, 403)


class ToldRoleTests(APITestCase):
    def test_private_answers_tell_the_role_that_they_are_for(self):
        for role in StaffMember.Role:
            credentials = token_header(make_user(f"a-{role}", role=role))
            response = self.client.get("/api/patients/", **credentials)
            self.assertEqual(response["X-Role"], role)

    def test_a_refusal_tells_it_as_well(self):
        credentials = token_header(make_user(role="receptionist"))
        response = self.client.get("/api/lab-results/", **credentials)
        self.assertEqual((response.status_code, response["X-Role"]), (403, "receptionist"))

    def test_public_answers_and_those_to_nobody_in_particular_tell_none(self):
        credentials = token_header(make_user(role=None))
        for response in (
            self.client.get("/api/doctors/", **token_header(make_user("bob"))),
            self.client.get("/api/patients/", **credentials),
            self.client.get("/api/patients/"),
            self.client.get("/api/me/permissions/", **credentials),
        ):
            self.assertNotIn("X-Role", response)


class PermissionsViewTests(APITestCase):
    def ask(self, role: str | None, **options):
        user = make_user(role=role)
        user.is_superuser = options.get("is_superuser", False)
        user.save()
        return self.client.get(ADDRESS, **token_header(user))

    def test_it_tells_the_role_and_what_it_may_do(self):
        answer = self.ask("receptionist").json()
        self.assertEqual((answer["username"], answer["role"]), ("ada", "receptionist"))
        self.assertEqual(answer["permissions"]["directory"], ["read"])
        self.assertEqual(answer["permissions"]["patients"], ["read", "write"])

    def test_a_superuser_is_an_admin_and_may_do_everything(self):
        answer = self.ask(None, is_superuser=True).json()
        self.assertEqual(answer["role"], "admin")
        self.assertEqual(set(map(tuple, answer["permissions"].values())), {("read", "write")})

    def test_who_is_no_staff_member_has_no_role(self):
        answer = self.ask(None).json()
        self.assertIsNone(answer["role"])
        self.assertEqual(answer["permissions"]["patients"], [])

    def test_the_answer_is_private_and_varies_by_who_asks(self):
        for response, status in ((self.ask("doctor"), 200), (self.client.get(ADDRESS), 401)):
            with self.subTest(status):
                self.assertEqual(response.status_code, status)
                self.assertEqual(response["Cache-Control"], PRIVATE)
                self.assertEqual(response["Vary"], PRIVATE_VARY)
                self.assertNotIn("ETag", response)
