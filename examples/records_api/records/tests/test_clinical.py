"""Medical records and laboratory results."""

from datetime import date, datetime, timezone

from rest_framework.test import APITestCase

from records.tests.factories import (
    make_lab_result,
    make_medical_record,
    make_patient,
    make_user,
    token_header,
)


class ClinicalTestCase(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.record = make_medical_record(diagnosis="Migraine")
        cls.result = make_lab_result(test_code="TSH", value="2.50", status="normal")
        cls.addresses = {
            "/api/medical-records/": cls.record,
            "/api/lab-results/": cls.result,
        }

    def setUp(self):
        self.client.credentials(**token_header(make_user()))

    def rows(self, address: str) -> list[int]:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, response.content)
        return [row["id"] for row in response.json()["results"]]


class ClinicalReadTests(ClinicalTestCase):
    def test_a_medical_record_spells_out_who_was_there(self):
        row = self.client.get(f"/api/medical-records/{self.record.pk}/").json()
        self.assertTrue(row.pop("updated_at").endswith("Z"))
        self.assertEqual(
            row,
            {
                "id": self.record.pk,
                "patient": self.record.patient_id,
                "patient_name": "Omar Haddad",
                "doctor": self.record.doctor_id,
                "doctor_name": "Grace Weber",
                "visit_date": "2024-03-04",
                "diagnosis": "Migraine",
                "notes": "Seen twice before.",
            },
        )

    def test_a_lab_result_has_its_value_as_it_was_written(self):
        row = self.client.get(f"/api/lab-results/{self.result.pk}/").json()
        self.assertEqual((row["test_code"], row["value"], row["unit"]), ("TSH", "2.50", "mIU/L"))
        self.assertEqual(row["taken_at"], "2024-03-04T07:30:00Z")
        self.assertEqual(row["ordered_by_name"], "Grace Weber")

    def test_lists_hold_what_details_say(self):
        for address, row in self.addresses.items():
            with self.subTest(address):
                page = self.client.get(address).json()
                detail = self.client.get(f"{address}{row.pk}/").json()
                self.assertEqual((page["count"], page["results"]), (1, [detail]))

    def test_filters(self):
        other = make_medical_record(visit_date=date(2024, 5, 1))
        pending = make_lab_result(
            patient=make_patient(), taken_at=datetime(2024, 5, 1, 8, 0, tzinfo=timezone.utc)
        )
        records, results = "/api/medical-records/?", "/api/lab-results/?"
        for address, wanted in (
            (f"{records}patient={self.record.patient_id}", self.record),
            (f"{records}doctor={other.doctor_id}", other),
            (f"{records}from=2024-04-01", other),
            (f"{records}before=2024-05-01", self.record),
            (f"{records}search=migr", self.record),
            (f"{results}patient={pending.patient_id}", pending),
            (f"{results}ordered_by={self.result.ordered_by_id}", self.result),
            (f"{results}test_code=TSH", self.result),
            (f"{results}status=pending", pending),
            (f"{results}from=2024-04-01", pending),
            (f"{results}before=2024-04-01", self.result),
        ):
            with self.subTest(address):
                self.assertEqual(self.rows(address), [wanted.pk])

    def test_the_newest_is_first_unless_another_order_is_asked_for(self):
        newer = make_medical_record(visit_date=date(2024, 5, 1))
        rows = [newer.pk, self.record.pk]
        self.assertEqual(self.rows("/api/medical-records/"), rows)
        self.assertEqual(self.rows("/api/medical-records/?ordering=visit_date"), rows[::-1])

    def test_page_size_is_clamped(self):
        for _ in range(104):
            make_lab_result(patient=self.result.patient, ordered_by=self.result.ordered_by)
        self.assertEqual(len(self.rows("/api/lab-results/?page_size=5000")), 100)

    def test_a_list_costs_four_queries_however_many_rows_it_has(self):
        for _ in range(5):
            make_medical_record()
            make_lab_result()
        for address in self.addresses:
            self.assertEqual(self.client.get(address)["X-Query-Count"], "4")


class ClinicalWriteTests(ClinicalTestCase):
    def test_create_change_and_delete(self):
        record = self.record
        visit = {
            "patient": record.patient_id,
            "doctor": record.doctor_id,
            "visit_date": "2024-06-01",
            "diagnosis": "Asthma",
        }
        made = self.client.post("/api/medical-records/", visit)
        self.assertEqual(made.status_code, 201, made.content)
        address = f"/api/medical-records/{made.json()['id']}/"
        self.assertEqual(self.client.patch(address, {"notes": "Better."}).status_code, 200)
        self.assertEqual(self.client.get(address).json()["notes"], "Better.")
        self.assertEqual(self.client.delete(address).status_code, 204)
        self.assertEqual(self.client.get(address).status_code, 404)

    def test_a_patient_with_a_record_stays(self):
        response = self.client.delete(f"/api/patients/{self.record.patient_id}/")
        self.assertEqual(response.status_code, 409)

    def test_a_result_is_pending_or_has_a_value(self):
        pending = f"/api/lab-results/{make_lab_result().pk}/"
        known = f"/api/lab-results/{self.result.pk}/"
        for address, change, status in (
            (pending, {"status": "normal"}, 400),
            (pending, {"value": "1.00"}, 400),
            (known, {"value": None}, 400),
            (known, {"value": "9.10", "status": "critical"}, 200),
            (pending, {"value": "1.00", "status": "abnormal"}, 200),
            (pending, {"value": "far too much"}, 400),
        ):
            with self.subTest(change):
                response = self.client.patch(address, change)
                self.assertEqual(response.status_code, status, response.content)

    def test_a_new_result_is_pending_unless_it_says_otherwise(self):
        result = {
            "patient": self.result.patient_id,
            "ordered_by": self.result.ordered_by_id,
            "test_code": "HBA1C",
            "unit": "%",
            "taken_at": "2024-06-01T08:00:00Z",
        }
        made = self.client.post("/api/lab-results/", result)
        self.assertEqual((made.status_code, made.json()["status"]), (201, "pending"))
        with_value = self.client.post("/api/lab-results/", {**result, "value": "5.60"})
        self.assertEqual(with_value.status_code, 400)
