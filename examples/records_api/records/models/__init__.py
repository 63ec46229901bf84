"""The tables, each file those of one room of the hospital."""

from records.models.clinical import LabResult, MedicalRecord
from records.models.directory import Department, Doctor
from records.models.patients import Appointment, Patient
from records.models.staff import StaffMember

__all__ = [
    "Appointment",
    "Department",
    "Doctor",
    "LabResult",
    "MedicalRecord",
    "Patient",
    "StaffMember",
]
