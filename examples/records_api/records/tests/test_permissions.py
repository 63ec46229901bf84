"""What each role may do, and /api/me/permissions/."""

from django.db import transaction
from rest_framework.test import APITestCase

from records.models import StaffMember
from records.tests.factories import (
    make_appointment,
    make_business_unit,
    make_client,
    make_department,
    make_doctor,
    make_job,
    make_lab_result,
    make_medical_record,
    make_patient,
    make_person,
    make_skill,
    make_user,
    token_header,
)
from records.tests.headers import PRIVATE, PRIVATE_VARY
from records.urls import router

ADDRESS = "/api/me/permissions/"

LISTS = {
    "directory": {"departments": make_department, "doctors": make_doctor},
    "patients": {"patients": make_patient, "appointments": make_appointment},
    "clinical": {"medical-records": make_medical_record, "lab-results": make_lab_result},
    "staffing": {
        "jobs": make_job,
        "people": make_person,
        "skills": make_skill,
        "clients": make_client,
        "business-units": make_business_unit,
    },
}
REQUESTS = ("list", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")  # all but two to a row
STATUSES = {
    "directory": {
        "admin": (200, 200, 200, 201, 200, 200, 204),
        "doctor": (200, 200, 200, 201, 200, 200, 204),
        "receptionist": (200, 200, 200, 403, 403, 403, 403),
        "no role": (200, 200, 200, 403, 403, 403, 403),
        "anonymous": (200, 200, 200, 401, 401, 401, 401),
    },
    "patients": {
        "admin": (200, 200, 200, 201, 200, 200, 204),
        "doctor": (200, 200, 200, 201, 200, 200, 204),
        "receptionist": (200, 200, 200, 201, 200, 200, 204),
        "no role": (403, 403, 403, 403, 403, 403, 403),
        "anonymous": (401, 401, 401, 401, 401, 401, 401),
    },
    "clinical": {
        "admin": (200, 200, 200, 201, 200, 200, 204),
        "doctor": (200, 200, 200, 201, 200, 200, 204),
        "receptionist": (403, 403, 403, 403, 403, 403, 403),
        "no role": (403, 403, 403, 403, 403, 403, 403),
        "anonymous": (401, 401, 401, 401, 401, 401, 401),
    },
    "staffing": {
        "admin": (200, 200, 200, 201, 200, 200, 204),
        "doctor": (200, 200, 200, 403, 403, 403, 403),
        "receptionist": (200, 200, 200, 403, 403, 403, 403),
        "no role": (403, 403, 403, 403, 403, 403, 403),
        "anonymous": (401, 401, 401, 401, 401, 401, 401),
    },
}


class MatrixTests(APITestCase):
    """Each role asks each list for all that it can be asked for."""

    @classmethod
    def setUpTestData(cls):
        cls.rows = {name: make() for area in LISTS.values() for name, make in area.items()}
        cls.credentials = {
            role: token_header(make_user(f"a-{role}", role=role)) for role in StaffMember.Role
        }
        cls.credentials["no role"] = token_header(make_user("a-guest", role=None))
        cls.credentials["anonymous"] = {}

    def send(self, kind: str, name: str, content: dict, credentials: dict):
        """Of a row that is there before and afterwards; to a list, one that is not there yet."""
        row, address = self.rows[name], f"/api/{name}/"
        if kind == "list":
            return self.client.get(address, **credentials)
        with transaction.atomic():
            if kind == "POST":
                type(row).objects.filter(pk=row.pk).delete()
            else:
                address += f"{row.pk}/"
            body = content if kind in ("POST", "PUT") else {} if kind == "PATCH" else None
            response = getattr(self.client, kind.lower())(address, body, **credentials)
            transaction.set_rollback(True)
        return response

    def test_every_list_is_of_an_area_and_every_role_has_its_statuses(self):
        registered = sorted(name for name, _, _ in router.registry)
        self.assertEqual(sorted(self.rows), registered)
        for area, statuses in STATUSES.items():
            self.assertEqual(set(statuses), set(self.credentials), area)

    def test_each_is_answered_as_its_role_may_be(self):
        for area, lists in LISTS.items():
            for name in lists:
                address = f"/api/{name}/{self.rows[name].pk}/"
                content = self.client.get(address, **self.credentials["admin"]).json()
                for role, statuses in STATUSES[area].items():
                    for kind, status in zip(REQUESTS, statuses):
                        with self.subTest(name, role=role, kind=kind):
                            response = self.send(kind, name, content, self.credentials[role])
                            self.assertEqual(response.status_code, status, response.content)
                            if status in (401, 403):
                                self.assertEqual(response["Cache-Control"], "no-store")
                                self.assertEqual(list(response.data), ["detail"])


class TakenRoleTests(APITestCase):
    def test_a_role_that_is_taken_away_counts_from_the_next_request_on(self):
        self.client.credentials(**token_header(make_user(role="doctor")))
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
