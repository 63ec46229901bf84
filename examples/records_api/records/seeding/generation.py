"""Synthetic records: the same sizes and seed give the same rows, on every run."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import NamedTuple

from django.db.models import Model

from records.models import (
    Appointment,
    Department,
    Doctor,
    LabResult,
    MedicalRecord,
    Patient,
)
from records.seeding.clinical import lab_results, medical_records
from records.seeding.staffing import staffing
from records.seeding.vocabulary import FIELDS, FIRST_NAMES, LAST_NAMES, STREETS, TOWNS

# "Today" in the synthetic data: appointments before it have taken place.
REFERENCE_TIME = datetime(2024, 6, 3, 8, 0, tzinfo=timezone.utc)
DAYS_BEFORE = 540
DAYS_AFTER = 60
OPENING_HOURS = range(8, 17)

APPOINTMENTS_FOR_EACH_PATIENT = 4

ACTIVE_DOCTORS = 0.95
SEEN_BY_PRIMARY_DOCTOR = 0.8
CANCELLED = 0.12
DURATIONS = (15, 20, 30, 30, 45, 60)

Status = Appointment.Status


class Sizes(NamedTuple):
    doctors: int = 40
    patients: int = 500
    appointments: int | None = None
    jobs: int = 80

    @property
    def booked(self) -> int:
        if self.appointments is None:
            return self.patients * APPOINTMENTS_FOR_EACH_PATIENT
        return self.appointments


Rows = dict[type[Model], list[Model]]


def generate(sizes: Sizes, seed: int = 3) -> Rows:
    """Unsaved rows with primary keys, by table, in an order in which they can be inserted."""
    random = Random(seed)
    departments = [
        Department(id=number, name=field.department, location=field.location)
        for number, field in enumerate(FIELDS, start=1)
    ]
    doctors = [_doctor(random, number) for number in range(1, sizes.doctors + 1)]
    patients = [
        _patient(random, number, random.choice(doctors))
        for number in range(1, sizes.patients + 1)
    ]
    appointments = list(_appointments(random, sizes, doctors, patients))
    seen = [each for each in appointments if each.status == Status.COMPLETED]
    return {
        Department: departments,
        Doctor: doctors,
        Patient: patients,
        Appointment: appointments,
        MedicalRecord: list(medical_records(random, seen)),
        LabResult: list(lab_results(random, seen, REFERENCE_TIME)),
        # By itself: how many patients there are changes no job.
        **dict(staffing(Random(seed), sizes.jobs, REFERENCE_TIME.date())),
    }


def appointment_slots() -> list[datetime]:
    """Every full hour at which a doctor can see somebody; weekdays only."""
    first_day = REFERENCE_TIME.date() - timedelta(days=DAYS_BEFORE)
    days = (first_day + timedelta(days=n) for n in range(DAYS_BEFORE + DAYS_AFTER))
    return [
        datetime.combine(day, time(hour), tzinfo=timezone.utc)
        for day in days
        if day.isoweekday() <= 5
        for hour in OPENING_HOURS
    ]


def _doctor(random: Random, number: int) -> Doctor:
    # In turn, so that no department is left without doctors.
    department = (number - 1) % len(FIELDS) + 1
    first_name, last_name = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    return Doctor(
        id=number,
        department_id=department,
        first_name=first_name,
        last_name=last_name,
        specialty=random.choice(FIELDS[department - 1].specialties),
        email=f"{first_name}.{last_name}.{number}@hospital.example".lower(),
        licence_number=f"LIC-{100000 + number}",
        active=random.random() < ACTIVE_DOCTORS,
    )


def _patient(random: Random, number: int, primary_doctor: Doctor) -> Patient:
    return Patient(
        id=number,
        primary_doctor=primary_doctor,
        first_name=random.choice(FIRST_NAMES),
        last_name=random.choice(LAST_NAMES),
        birth_date=date(1932, 1, 1) + timedelta(days=random.randrange(90 * 365)),
        mrn=f"MRN-{1000000 + number}",
        # 555-01xx is reserved for fiction.
        phone=f"+1-{random.randrange(200, 990)}-555-{random.randrange(100, 200):04}",
        address=(
            f"{random.randrange(1, 200)} {random.choice(STREETS)}, {random.choice(TOWNS)}"
        ),
    )


def _appointments(
    random: Random, sizes: Sizes, doctors: list[Doctor], patients: list[Patient]
) -> Iterator[Appointment]:
    """Appointments in order of time, no doctor booked twice for one slot."""
    patients_of = defaultdict(list)
    for patient in patients:
        patients_of[patient.primary_doctor_id].append(patient)

    slots = appointment_slots()
    bookings = random.sample(range(len(slots) * len(doctors)), sizes.booked)
    for number, booking in enumerate(sorted(bookings), start=1):
        slot, doctor_index = divmod(booking, len(doctors))
        doctor = doctors[doctor_index]
        own_patients = patients_of[doctor.id]
        if own_patients and random.random() < SEEN_BY_PRIMARY_DOCTOR:
            patient = random.choice(own_patients)
        else:
            patient = random.choice(patients)
        yield Appointment(
            id=number,
            doctor=doctor,
            patient=patient,
            starts_at=slots[slot],
            duration_minutes=random.choice(DURATIONS),
            status=_status(random, slots[slot]),
            reason=random.choice(FIELDS[doctor.department_id - 1].reasons),
        )


def _status(random: Random, starts_at: datetime) -> Status:
    if random.random() < CANCELLED:
        return Status.CANCELLED
    return Status.COMPLETED if starts_at < REFERENCE_TIME else Status.SCHEDULED
