"""Rows for tests, with every value given a default that a test need not care about."""

from datetime import date, datetime, timezone
from itertools import count

from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token

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
    StaffMember,
)

_numbers = count(1)


def make_department(**values) -> Department:
    values = {"name": f"Department {next(_numbers)}", "location": "Floor 1", **values}
    return Department.objects.create(**values)


def make_doctor(**values) -> Doctor:
    number = next(_numbers)
    values = {
        "first_name": "Grace",
        "last_name": "Weber",
        "specialty": "Neurology",
        "email": f"doctor{number}@hospital.example",
        "licence_number": f"LIC-{number}",
        **values,
    }
    if "department" not in values:
        values["department"] = make_department()
    return Doctor.objects.create(**values)


def make_patient(**values) -> Patient:
    values = {
        "first_name": "Omar",
        "last_name": "Haddad",
        "birth_date": date(1980, 2, 29),
        "mrn": f"MRN-{next(_numbers)}",
        "phone": "+1-200-555-0100",
        "address": "1 Mill Lane, Oakdale",
        **values,
    }
    if "primary_doctor" not in values:
        values["primary_doctor"] = make_doctor()
    return Patient.objects.create(**values)


def make_appointment(**values) -> Appointment:
    values = {
        **_doctor_and_patient(values),
        "starts_at": datetime(2024, 3, 4, 9, 0, tzinfo=timezone.utc),
        "duration_minutes": 30,
        "reason": "Annual check-up",
        **values,
    }
    return Appointment.objects.create(**values)


def make_medical_record(**values) -> MedicalRecord:
    values = {
        **_doctor_and_patient(values),
        "visit_date": date(2024, 3, 4),
        "diagnosis": "Tension headache",
        "notes": "Seen twice before.",
        **values,
    }
    return MedicalRecord.objects.create(**values)


def make_lab_result(**values) -> LabResult:
    values = {
        **_doctor_and_patient(values, doctor="ordered_by"),
        "test_code": "HBA1C",
        "unit": "mIU/L",
        "taken_at": datetime(2024, 3, 4, 7, 30, tzinfo=timezone.utc),
        **values,
    }
    return LabResult.objects.create(**values)


def _doctor_and_patient(given: dict, doctor: str = "doctor") -> dict:
    """Who is not given: a doctor, under that name, and a patient of theirs."""
    made = {doctor: given[doctor] if doctor in given else make_doctor()}
    if "patient" not in given:
        made["patient"] = make_patient(primary_doctor=made[doctor])
    return made


def make_skill(**values) -> Skill:
    return Skill.objects.create(**{"name": f"Skill {next(_numbers)}", **values})


def make_person(*skills: Skill, **values) -> Person:
    values = {"first_name": "Ines", "last_name": f"Costa {next(_numbers)}", **values}
    person = Person.objects.create(**values)
    person.skills.set(skills)
    return person


def make_client(**values) -> Client:
    return Client.objects.create(**{"name": f"Client {next(_numbers)}", **values})


def make_business_unit(**values) -> BusinessUnit:
    return BusinessUnit.objects.create(**{"name": f"Unit {next(_numbers)}", **values})


def make_job(people=(), needs=(), **values) -> Job:
    values = {
        "title": "Night shift",
        "open_from": date(2024, 6, 1),
        "open_to": date(2024, 6, 30),
        **values,
    }
    if "client" not in values:
        values["client"] = make_client()
    if "business_unit" not in values:
        values["business_unit"] = make_business_unit()
    job = Job.objects.create(**values)
    job.people.set(people)
    job.needs.set(needs)
    return job


def make_user(
    username: str = "ada", password: str = "a password", role: str | None = "doctor"
):
    user = get_user_model().objects.create_user(username, password=password)
    if role is not None:
        StaffMember.objects.create(user=user, role=role)
    return user


def token_header(user) -> dict[str, str]:
    """Extra arguments for the test client that authenticate the user by token."""
    token, _ = Token.objects.get_or_create(user=user)
    return {"HTTP_AUTHORIZATION": f"Token {token.key}"}
