"""manage.py seed"""

from hashlib import sha256

from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.models import Count
from rest_framework.authtoken.models import Token
from rest_framework.test import APITestCase

from records.models import Appointment, Department, Doctor, Patient

TABLES = (Department, Doctor, Patient, Appointment)


def seed(**sizes: int) -> None:
    call_command("seed", verbosity=0, **sizes)


def digest() -> str:
    """Digest of every column of every row of every table."""
    rows = [list(model.objects.order_by("pk").values_list()) for model in TABLES]
    return sha256(repr(rows).encode()).hexdigest()


class SeedTests(APITestCase):
    def test_sizes(self):
        seed(doctors=12, patients=30, appointments=100)
        self.assertEqual([model.objects.count() for model in TABLES], [10, 12, 30, 100])

    def test_second_run_gives_the_same_rows(self):
        seed(doctors=12, patients=30, appointments=100)
        first = digest()
        Doctor.objects.filter(pk=1).update(specialty="Changed since")
        self.assertNotEqual(digest(), first)
        seed(doctors=12, patients=30, appointments=100)
        self.assertEqual(digest(), first)

    def test_other_sizes_replace_the_rows(self):
        seed(doctors=12, patients=30, appointments=100)
        seed(doctors=2, patients=3, appointments=0)
        self.assertEqual([model.objects.count() for model in TABLES], [10, 2, 3, 0])

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
