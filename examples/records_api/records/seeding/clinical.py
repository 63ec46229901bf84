"""Synthetic findings: what completed appointments have led to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from records.models import Appointment, LabResult, MedicalRecord
from records.seeding.clinical_vocabulary import DIAGNOSES, LAB_TESTS, NOTES, LabTest
from records.seeding.vocabulary import FIELDS

WRITTEN_DOWN = 0.85
TESTED = 0.35
MOST_TESTS = 4
HEALTHY = 0.8
LABORATORY_NEEDS = timedelta(days=7)

Status = LabResult.Status


def medical_records(random: Random, seen: list[Appointment]) -> Iterator[MedicalRecord]:
    number = 0
    for appointment in seen:
        if random.random() >= WRITTEN_DOWN:
            continue
        number += 1
        field = FIELDS[appointment.doctor.department_id - 1]
        yield MedicalRecord(
            id=number,
            patient_id=appointment.patient_id,
            doctor_id=appointment.doctor_id,
            visit_date=appointment.starts_at.date(),
            diagnosis=random.choice(DIAGNOSES[field.department]),
            notes=random.choice(NOTES),
        )


def lab_results(
    random: Random, seen: list[Appointment], now: datetime
) -> Iterator[LabResult]:
    """Taken within the hour after an appointment; the latest are still pending."""
    number = 0
    for appointment in seen:
        if random.random() >= TESTED:
            continue
        taken_at = appointment.starts_at + timedelta(minutes=random.randrange(15, 60))
        for test in random.sample(LAB_TESTS, random.randint(1, MOST_TESTS)):
            number += 1
            value, status = _finding(random, test)
            if now - taken_at < LABORATORY_NEEDS:
                value, status = None, Status.PENDING
            yield LabResult(
                id=number,
                patient_id=appointment.patient_id,
                ordered_by_id=appointment.doctor_id,
                test_code=test.code,
                value=value,
                unit=test.unit,
                status=status,
                taken_at=taken_at,
            )


def _finding(random: Random, test: LabTest) -> tuple[Decimal, Status]:
    """Within the range, or up to its width above it, the top of that being critical."""
    width = test.high - test.low
    if random.random() < HEALTHY:
        value, status = random.uniform(test.low, test.high), Status.NORMAL
    else:
        above = random.uniform(0.1, 1)
        value = test.high + above * width
        status = Status.CRITICAL if above > 0.85 else Status.ABNORMAL
    return Decimal(f"{value:.2f}"), status
