"""What was found: records of visits, and results from the laboratory."""

from django.db import models

from records.models.directory import Doctor
from records.models.patients import Patient
from records.models.record import Record


class MedicalRecord(Record):
    patient = models.ForeignKey(
        Patient, models.PROTECT, related_name="medical_records", db_index=False
    )
    doctor = models.ForeignKey(Doctor, models.PROTECT, related_name="medical_records")
    visit_date = models.DateField()
    diagnosis = models.CharField(max_length=120)
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["-visit_date", "id"]
        indexes = [
            models.Index(fields=["-visit_date", "id"], name="record_by_visit"),
            models.Index(fields=["patient", "-visit_date"], name="record_by_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.visit_date}: {self.diagnosis}"


class LabResult(Record):
    class Status(models.TextChoices):
        PENDING = "pending"
        NORMAL = "normal"
        ABNORMAL = "abnormal"
        CRITICAL = "critical"

    patient = models.ForeignKey(
        Patient, models.PROTECT, related_name="lab_results", db_index=False
    )
    ordered_by = models.ForeignKey(Doctor, models.PROTECT, related_name="lab_results")
    test_code = models.CharField(max_length=20)
    # Not known while the result is pending.
    value = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=20)
    status = models.CharField(
        max_length=8, choices=Status.choices, default=Status.PENDING
    )
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["-taken_at", "id"]
        indexes = [
            models.Index(fields=["-taken_at", "id"], name="result_by_time"),
            models.Index(fields=["patient", "-taken_at"], name="result_by_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.test_code} {self.taken_at:%Y-%m-%d %H:%M}"
