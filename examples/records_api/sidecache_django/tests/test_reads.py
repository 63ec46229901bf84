"""What responses of the records API say that they show."""

import threading

from django.db import connections
from django.test import TestCase, TransactionTestCase, override_settings
from rest_framework.test import APITestCase

from records.models import Doctor
from records.tests.factories import (
    make_appointment,
    make_department,
    make_doctor,
    make_patient,
    make_user,
    token_header,
)
from sidecache_django import depends_on, scope
from sidecache_django.tests.support import ended, shown, sidecache

VIEWS = override_settings(ROOT_URLCONF="sidecache_django.tests.views")


class ApiTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = make_user()
        cls.credentials = token_header(cls.user)
        cls.appointment = make_appointment()
        cls.patient = cls.appointment.patient
        cls.doctor = cls.appointment.doctor
        cls.department = cls.doctor.department
        cls.department_names = {"records.department:*", cls.name(cls.department)}

    @staticmethod
    def name(row) -> str:
        return f"{row._meta.label_lower}:{row.pk}"

    def get(self, address: str, **extra) -> set[str]:
        return shown(self.client.get(address, **extra))

    def test_a_detail(self):
        self.assertEqual(
            self.get(f"/api/doctors/{self.doctor.pk}/"),
            {"records.doctor:*", self.name(self.doctor)} | self.department_names,
        )

    def test_head_says_what_get_says(self):
        address = f"/api/doctors/{self.doctor.pk}/"
        self.assertEqual(shown(self.client.head(address)), self.get(address))

    def test_a_304_says_what_the_200_said(self):
        address = f"/api/doctors/{self.doctor.pk}/"
        first = self.client.get(address)
        second = self.client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
        self.assertEqual((second.status_code, shown(second)), (304, shown(first)))

    def test_a_list_is_in_the_group_of_its_model(self):
        self.assertEqual(
            self.get("/api/doctors/"),
            {"records.doctor", self.name(self.doctor)} | self.department_names,
        )

    def test_an_empty_page_as_well(self):
        self.assertIn("records.doctor", self.get("/api/doctors/?search=nobody-at-all"))

    def test_a_search_depends_on_what_it_looks_at(self):
        """A department that gets another name may bring doctors whom nobody sees now."""
        self.assertIn("records.department", self.get("/api/doctors/?search=nobody-at-all"))

    def test_a_row_whose_name_is_spelled_out(self):
        groups = self.get(f"/api/patients/{self.patient.pk}/", **self.credentials)
        self.assertIn(self.name(self.patient), groups)
        self.assertIn(self.name(self.doctor), groups)
        self.assertNotIn("records.doctor", groups)

    def test_statistics_depend_on_appointments_and_doctors(self):
        """The rank in the department counts the appointments of all its doctors."""
        groups = self.get(f"/api/doctors/{self.doctor.pk}/stats/")
        self.assertLessEqual({"records.appointment", "records.doctor"}, groups)

    def test_what_a_role_allows_ends_with_the_role(self):
        for address in ("/api/patients/", "/api/me/permissions/"):
            with self.subTest(address):
                self.assertIn(
                    f"records.staffmember:{self.user.pk}", self.get(address, **self.credentials)
                )

    def test_a_token_is_never_named(self):
        for group in self.get("/api/appointments/", **self.credentials):
            self.assertRegex(group, r"^(records|auth)\.[a-z]+(:(\d+|\*))?$")

    def test_what_is_not_to_be_stored_says_nothing(self):
        for response in (
            self.client.get("/api/doctors/0/"),
            self.client.get("/healthz/"),
            self.client.patch(f"/api/doctors/{self.doctor.pk}/", {}, **self.credentials),
        ):
            self.assertNotIn("Cache-Groups", response)

    def test_over_the_limit_models_stand_for_their_rows(self):
        for _ in range(60):
            make_patient(primary_doctor=self.doctor)
        extra = {**self.credentials, "data": {"page_size": 100}}
        groups = self.get("/api/patients/", **extra)
        self.assertIn("records.patient", groups)
        self.assertIn(self.name(self.doctor), groups)
        self.assertNotIn(self.name(self.patient), groups)
        with sidecache(MAX_GROUPS=4):
            self.assertEqual(
                self.get("/api/patients/", **extra),
                {"records.patient", "records.doctor", "records.staffmember", "auth.user"},
            )

    def test_one_request_says_nothing_of_another(self):
        other = make_doctor()
        first = self.get(f"/api/doctors/{self.doctor.pk}/")
        self.assertNotIn(self.name(other), first)
        self.assertNotIn(self.name(self.doctor), self.get(f"/api/doctors/{other.pk}/"))
        self.assertEqual(self.get(f"/api/doctors/{self.doctor.pk}/"), first)
        self.assertEqual(self.get("/api/"), set())


@VIEWS
class ViewTests(TestCase):
    def test_what_views_declare(self):
        self.assertEqual(
            shown(self.client.get("/declared/")),
            {
                "records.appointment",
                "rates",
                "records.doctor:*",
                "records.doctor:5",
                'the "other" name',
            },
        )

    def test_rows_that_no_serializer_is_given(self):
        doctor = make_doctor()
        key = doctor.department_id
        self.assertEqual(
            shown(self.client.get(f"/departments/{key}/")),
            {
                "records.department:*",
                f"records.department:{key}",
                "records.doctor:*",
                f"records.doctor:{doctor.pk}",
                f"records.doctor:department={key}",
            },
        )

    def test_groups_of_the_view_itself_are_kept(self):
        self.assertEqual(shown(self.client.get("/labelled/")), {"own", "records.doctor"})

    def test_the_answer_to_a_write_that_is_what_a_get_would_bring(self):
        self.assertEqual(shown(self.client.post("/labelled/")), {"own", "records.doctor"})

    def test_outside_of_a_request_nothing_is_declared(self):
        depends_on(Doctor, "rates")
        self.assertIsNone(scope.current())

    def test_a_read_ends_nothing(self):
        self.assertEqual(ended(self.client.get("/declared/")), set())

    def test_nothing_stays_behind_a_view_that_raises(self):
        self.client.raise_request_exception = False
        with self.assertLogs("django.request", "ERROR"):
            self.assertEqual(self.client.get("/departments/0/").status_code, 500)
        self.assertIsNone(scope.current())
        self.assertEqual(connections["default"].execute_wrappers, [])


class ThreadTests(TransactionTestCase):
    def test_requests_side_by_side_do_not_mix(self):
        """Two threads, each with a request open while the other reads."""
        doctors = [make_doctor(department=make_department()) for _ in range(2)]
        scopes = [scope.Scope(changes_by_header=False) for _ in doctors]
        barrier = threading.Barrier(2, timeout=10)
        failures = []

        def read(opened, doctor):
            try:
                with opened.open():
                    barrier.wait()
                    Doctor.objects.get(pk=doctor.pk)
                    barrier.wait()
            except BaseException as error:
                failures.append(error)
            finally:
                connections.close_all()

        threads = [
            threading.Thread(target=read, args=pair) for pair in zip(scopes, doctors)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(failures, [])
        for opened, doctor in zip(scopes, doctors):
            self.assertEqual(
                opened.shown.named(10), ["records.doctor:*", f"records.doctor:{doctor.pk}"]
            )
