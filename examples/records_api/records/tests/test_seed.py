"""manage.py seed"""

from hashlib import sha256

from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import SimpleTestCase
from rest_framework.authtoken.models import Token
from rest_framework.test import APITestCase

from records.models import (
    Appointment,
    BusinessUnit,
    Client,
    Department,
    Doctor,
    Job,
    LabResult,
    MedicalRecord,
    Patient,
    Person,
    Skill,
)
from records.seeding.generation import Sizes, generate

SIZED = (Department, Doctor, Patient, Appointment, Job)
TABLES = (*SIZED, MedicalRecord, LabResult, Skill, Client, BusinessUnit, Person)
LINKS = (Person.skills.through, Job.needs.through, Job.people.through)


def seed(**sizes: int) -> None:
    call_command("seed", verbosity=0, **sizes)


def digest() -> str:
    """Digest of every column of every row of every table."""
    rows = [list(model.objects.order_by("pk").values_list()) for model in TABLES + LINKS]
    return sha256(repr(rows).encode()).hexdigest()


class LargeTests(SimpleTestCase):
    def test_five_thousand_patients_are_as_many_rows_as_the_page_says(self):
        rows = generate(Sizes(patients=5000))
        self.assertEqual((len(rows[Patient]), len(rows[Appointment])), (5000, 20_000))
        self.assertEqual(round(len(rows[MedicalRecord]), -3), 13_000)
        self.assertEqual(round(len(rows[LabResult]), -3), 14_000)
        for model, made in rows.items():
            self.assertEqual([row.pk for row in made], list(range(1, len(made) + 1)), model)
        self.assertEqual(len({patient.mrn for patient in rows[Patient]}), 5000)
        slots = {(each.doctor_id, each.starts_at) for each in rows[Appointment]}
        self.assertEqual(len(slots), 20_000)


class SeedTests(APITestCase):
    def test_sizes(self):
        seed(doctors=12, patients=30, appointments=100, jobs=7)
        self.assertEqual([model.objects.count() for model in SIZED], [10, 12, 30, 100, 7])

    def test_there_are_four_appointments_for_each_patient_unless_told_otherwise(self):
        seed(doctors=2, patients=3)
        self.assertEqual(Appointment.objects.count(), 12)

    def test_second_run_gives_the_same_rows(self):
        seed(doctors=12, patients=30, appointments=100)
        first = digest()
        Doctor.objects.filter(pk=1).update(specialty="Changed since")
        self.assertNotEqual(digest(), first)
        seed(doctors=12, patients=30, appointments=100)
        self.assertEqual(digest(), first)

    def test_other_sizes_replace_the_rows(self):
        seed(doctors=12, patients=30, appointments=100)
        seed(doctors=2, patients=3, appointments=0, jobs=0)
        self.assertEqual([model.objects.count() for model in SIZED], [10, 2, 3, 0, 0])
        self.assertFalse(MedicalRecord.objects.exists() or Job.people.through.objects.exists())

    def test_how_many_patients_there_are_changes_no_job(self):
        seed(patients=10)
        jobs = list(Job.objects.values_list())
        seed(patients=20)
        self.assertEqual(list(Job.objects.values_list()), jobs)

    def test_rows_that_are_made_later_have_keys_of_their_own(self):
        seed(doctors=3, patients=1, appointments=0)
        self.client.login(username="admin", password="admin")
        made = self.client.post("/api/skills/", {"name": "Beekeeping"})
        self.assertEqual((made.status_code, made.json()["id"]), (201, Skill.objects.count()))
        department = {"name": "Apitherapy", "location": "Roof"}
        made = self.client.post("/api/departments/", department)
        self.assertEqual((made.status_code, made.json()["id"]), (201, 11))

    def test_findings_are_of_appointments_that_took_place(self):
        seed(doctors=3, patients=10, appointments=200)
        seen = Appointment.objects.filter(status="completed")
        visits = set(seen.values_list("patient", "doctor", "starts_at__date"))
        records = MedicalRecord.objects.values_list("patient", "doctor", "visit_date")
        self.assertTrue(records)
        self.assertLessEqual(set(records), visits)
        results = LabResult.objects.values_list("patient", "ordered_by", "taken_at__date")
        self.assertTrue(results)
        self.assertLessEqual(set(results), visits)

    def test_results_are_of_every_status_and_have_a_value_unless_pending(self):
        seed(patients=300)
        for status in LabResult.Status:
            with self.subTest(status):
                found = LabResult.objects.filter(status=status)
                self.assertTrue(found)
                is_pending = status == LabResult.Status.PENDING
                values = found.values_list("value", flat=True)
                self.assertEqual({value is None for value in values}, {is_pending})

    def test_some_jobs_lack_what_they_need_and_some_do_not(self):
        seed(patients=1)
        self.client.login(username="doctor", password="doctor")
        rows = self.client.get("/api/jobs/needs/").json()["results"]
        self.assertEqual({bool(row["missing"]) for row in rows}, {True, False})

    def test_the_next_row_gets_a_key_that_is_free(self):
        seed(doctors=2, patients=3, appointments=0)
        added = Department.objects.create(name="New", location="Somewhere")
        self.assertGreater(added.pk, 10)

    def test_no_doctor_is_double_booked(self):
        seed(doctors=1, patients=5, appointments=1000)
        slots = Appointment.objects.values("doctor", "starts_at")
        self.assertFalse(slots.annotate(n=Count("pk")).filter(n__gt=1).exists())

    def test_no_more_appointments_than_time(self):
        with self.assertRaisesMessage(CommandError, "1 doctors have time for"):
            seed(doctors=1, patients=1, appointments=100_000)

    def test_sizes_that_cannot_be_are_refused(self):
        for sizes, problem in (
            ({"doctors": 0}, "at least one doctor"),
            ({"patients": 0}, "at least one doctor and one patient"),
            ({"jobs": -1}, "less than no appointments or jobs"),
            ({"appointments": -1}, "less than no appointments or jobs"),
        ):
            with self.subTest(sizes), self.assertRaisesMessage(CommandError, problem):
                seed(**sizes)

    def test_rows_pass_validation(self):
        seed(doctors=10, patients=20, appointments=20)
        for model in TABLES:
            for row in model.objects.all():
                row.full_clean()

    def test_demo_users(self):
        seed(doctors=1, patients=1, appointments=0)
        tokens = dict(Token.objects.values_list("user__username", "key"))
        self.assertEqual(
            tokens,
            {
                "admin": "demo-only-admin-token",
                "doctor": "demo-only-doctor-token",
                "receptionist": "demo-only-receptionist-token",
            },
        )
        superusers = get_user_model().objects.filter(is_superuser=True)
        self.assertEqual([user.username for user in superusers], ["admin"])
        for username in tokens:
            self.assertTrue(self.client.login(username=username, password=username))

    def test_sessions_of_demo_users_outlive_a_second_run(self):
        seed(doctors=1, patients=1, appointments=0)
        self.client.login(username="doctor", password="doctor")
        seed(doctors=1, patients=1, appointments=0)
        self.assertEqual(self.client.get("/api/patients/").status_code, 200)
