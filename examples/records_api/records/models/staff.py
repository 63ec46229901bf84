"""Which of the users do which work."""

from django.conf import settings
from django.db import models

from records.models.record import Record


class StaffMember(Record):
    """What a user is at the hospital; who is no staff member may read what is public."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        DOCTOR = "doctor"
        RECEPTIONIST = "receptionist"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="staff_member",
    )
    role = models.CharField(max_length=12, choices=Role.choices)

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
