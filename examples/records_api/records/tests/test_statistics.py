"""A doctor's statistics against figures worked out by hand."""

from datetime import datetime, timezone

from rest_framework.test import APITestCase

from records.models import Appointment
from records.tests.factories import make_appointment, make_doctor, make_patient

SCHEDULED, COMPLETED, CANCELLED = Appointment.Status.values


def at(month: int, day: int) -> datetime:
    return datetime(2024, month, day, 10, 0, tzinfo=timezone.utc)


class StatisticsTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.doctor = make_doctor(first_name="Mina", last_name="Shah")
        cls.busier = make_doctor(department=cls.doctor.department)
        elsewhere = make_doctor()
        ann, bob, cem = (make_patient(primary_doctor=cls.doctor) for _ in range(3))

        for patient, starts_at, minutes, status in (
            (ann, at(1, 31), 30, COMPLETED),
            (ann, at(2, 1), 15, COMPLETED),
            (bob, at(2, 2), 60, COMPLETED),
            (bob, at(2, 29), 20, CANCELLED),
            (cem, at(4, 1), 45, SCHEDULED),
        ):
            make_appointment(
                doctor=cls.doctor,
                patient=patient,
                starts_at=starts_at,
                duration_minutes=minutes,
                status=status,
            )
        # These four count for the rank alone, and the last five not even for that.
        for _ in range(4):
            make_appointment(doctor=cls.busier, patient=ann, status=COMPLETED)
        for _ in range(5):
            make_appointment(doctor=elsewhere, patient=ann, status=COMPLETED)

    def stats(self, doctor) -> dict:
        response = self.client.get(f"/api/doctors/{doctor.pk}/stats/")
        self.assertEqual(response.status_code, 200)
        return response.json()

    def test_figures(self):
        self.assertEqual(
            self.stats(self.doctor),
            {
                "doctor": self.doctor.pk,
                "doctor_name": "Mina Shah",
                "appointments": {
                    "total": 5,
                    "scheduled": 1,
                    "completed": 3,
                    "cancelled": 1,
                },
                "distinct_patients": 3,
                "returning_patients": 1,
                "average_duration_minutes": 34.0,
                "completed_minutes": 105,
                "rank_in_department": 2,
                "per_month": [
                    {
                        "month": "2024-01",
                        "total": 1,
                        "scheduled": 0,
                        "completed": 1,
                        "cancelled": 0,
                    },
                    {
                        "month": "2024-02",
                        "total": 3,
                        "scheduled": 0,
                        "completed": 2,
                        "cancelled": 1,
                    },
                    {
                        "month": "2024-04",
                        "total": 1,
                        "scheduled": 1,
                        "completed": 0,
                        "cancelled": 0,
                    },
                ],
            },
        )

    def test_doctor_without_appointments(self):
        stats = self.stats(make_doctor(department=self.doctor.department))
        self.assertEqual(stats["appointments"]["total"], 0)
        self.assertIsNone(stats["average_duration_minutes"])
        self.assertEqual(stats["completed_minutes"], 0)
        self.assertEqual(stats["rank_in_department"], 3)
        self.assertEqual(stats["per_month"], [])

    def test_unknown_doctor(self):
        self.assertEqual(self.client.get("/api/doctors/0/stats/").status_code, 404)
