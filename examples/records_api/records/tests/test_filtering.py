"""Lists that are narrowed and ordered."""

from datetime import date, datetime, timezone

from rest_framework.test import APITestCase

from records.tests.factories import (
    make_appointment,
    make_department,
    make_doctor,
    make_patient,
    make_user,
    token_header,
)


class FilteringTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.department = make_department()
        cls.ann = make_doctor(department=cls.department, last_name="Ann", specialty="X-rays")
        cls.bob = make_doctor(last_name="Bob", active=False)
        cls.early = make_appointment(doctor=cls.ann, status="completed")
        cls.late = make_appointment(
            doctor=cls.bob,
            patient=make_patient(primary_doctor=cls.ann, birth_date=date(2001, 1, 1)),
            starts_at=datetime(2024, 5, 1, 12, 0, tzinfo=timezone.utc),
        )
        cls.credentials = token_header(make_user())

    def rows(self, address: str) -> list[int]:
        response = self.client.get(address, **self.credentials)
        self.assertEqual(response.status_code, 200, response.content)
        return [row["id"] for row in response.json()["results"]]

    def test_each_filter_leaves_the_rows_that_match(self):
        ann, bob = [self.ann.pk], [self.bob.pk]
        early, late = [self.early.pk], [self.late.pk]
        for address, wanted in (
            (f"/api/doctors/?department={self.department.pk}", ann),
            ("/api/doctors/?specialty=X-rays", ann),
            ("/api/doctors/?active=false", bob),
            ("/api/doctors/?active=True", ann),
            ("/api/patients/?born_from=2001-01-01", [self.late.patient_id]),
            ("/api/patients/?born_before=2001-01-01", [self.early.patient_id]),
            (f"/api/appointments/?doctor={self.ann.pk}", early),
            (f"/api/appointments/?patient={self.late.patient_id}", late),
            ("/api/appointments/?status=completed", early),
            ("/api/appointments/?from=2024-05-01", late),
            ("/api/appointments/?before=2024-05-01T12:00:00Z", early),
        ):
            with self.subTest(address):
                self.assertEqual(self.rows(address), wanted)

    def test_filters_and_searches_together_narrow_further(self):
        address = f"/api/appointments/?doctor={self.ann.pk}"
        self.assertEqual(self.rows(f"{address}&status=scheduled"), [])
        self.assertEqual(self.rows(f"{address}&search=check-up"), [self.early.pk])

    def test_an_empty_value_is_no_filter(self):
        self.assertEqual(len(self.rows("/api/appointments/?doctor=&status=")), 2)

    def test_a_row_that_is_not_there_has_no_rows(self):
        self.assertEqual(self.rows("/api/appointments/?doctor=0"), [])

    def test_a_value_that_the_field_cannot_have_is_refused_with_its_parameter(self):
        for name, value in (
            ("doctor", "ann"),
            ("doctor", "9" * 30),
            ("status", "lost"),
            ("from", "yesterday"),
            ("from", "2024-13-01"),
            ("doctor", "%00"),
        ):
            with self.subTest(name, value=value):
                response = self.client.get(
                    f"/api/appointments/?{name}={value}", **self.credentials
                )
                self.assertEqual(response.status_code, 400)
                self.assertEqual(list(response.json()), [name])

    def test_ordering(self):
        self.assertEqual(self.rows("/api/doctors/?ordering=last_name"), [self.ann.pk, self.bob.pk])
        self.assertEqual(self.rows("/api/doctors/?ordering=-last_name"), [self.bob.pk, self.ann.pk])

    def test_a_field_that_lists_are_not_ordered_by_is_passed_over(self):
        self.assertEqual(self.rows("/api/doctors/?ordering=-email"), self.rows("/api/doctors/"))

    def test_rows_that_are_equal_are_in_the_order_of_their_keys(self):
        for _ in range(5):
            make_doctor(last_name="Cem", specialty="Same")
        rows = self.rows("/api/doctors/?specialty=Same&ordering=-specialty")
        self.assertEqual(rows, sorted(rows))

    def test_a_key_that_no_column_can_hold_is_nowhere(self):
        huge = int("9" * 30)
        self.assertEqual(self.client.get(f"/api/doctors/{huge}/").status_code, 404)
        response = self.client.patch(
            f"/api/doctors/{self.ann.pk}/", {"department": huge}, **self.credentials
        )
        self.assertEqual(response.status_code, 400)
