"""Figures about one doctor, computed from the appointments on every request.

Everybody may read them, and caches keep them for everybody: they are counts and sums, and
nothing that was written about a patient, such as the reason of an appointment.
"""

from typing import Any

from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from records.models import Appointment, Doctor

Status = Appointment.Status

COUNT_BY_STATUS = {
    status.value: Count("pk", filter=Q(status=status)) for status in Status
}


def doctor_statistics(doctor: Doctor) -> dict[str, Any]:
    """All figures for the doctor; four queries."""
    appointments = doctor.appointments.all()
    totals = appointments.aggregate(
        total=Count("pk"),
        distinct_patients=Count("patient", distinct=True),
        average_duration=Avg("duration_minutes"),
        completed_minutes=Sum("duration_minutes", filter=Q(status=Status.COMPLETED)),
        **COUNT_BY_STATUS,
    )
    return {
        "doctor": doctor.pk,
        "doctor_name": str(doctor),
        "appointments": {
            "total": totals["total"],
            **{status.value: totals[status.value] for status in Status},
        },
        "distinct_patients": totals["distinct_patients"],
        "returning_patients": _returning_patients(appointments),
        "average_duration_minutes": _rounded(totals["average_duration"]),
        "completed_minutes": totals["completed_minutes"] or 0,
        "rank_in_department": _rank_in_department(doctor, totals["completed"]),
        "per_month": _per_month(appointments),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _returning_patients(appointments: QuerySet) -> int:
    """Patients with more than one completed appointment."""
    return (
        appointments.filter(status=Status.COMPLETED)
        .order_by()
        .values("patient")
        .annotate(visits=Count("pk"))
        .filter(visits__gt=1)
        .count()
    )


def _rank_in_department(doctor: Doctor, completed: int) -> int:
    """1 for the doctor with the most completed appointments; ties share a rank."""
    busier = (
        Doctor.objects.filter(department=doctor.department_id)
        .order_by()
        .annotate(
            completed=Count(
                "appointments", filter=Q(appointments__status=Status.COMPLETED)
            )
        )
        .filter(completed__gt=completed)
    )
    return busier.count() + 1


def _per_month(appointments: QuerySet) -> list[dict[str, Any]]:
    months = (
        appointments.annotate(month=TruncMonth("starts_at"))
        .values("month")
        .annotate(total=Count("pk"), **COUNT_BY_STATUS)
        .order_by("month")
    )
    return [{**row, "month": f"{row['month']:%Y-%m}"} for row in months]
