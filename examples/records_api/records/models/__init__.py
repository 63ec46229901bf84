"""The tables, each file those of one room of the hospital."""

from records.models.clinical import LabResult, MedicalRecord
from records.models.directory import Department, Doctor
from records.models.patients import Appointment, Patient
from records.models.staff import StaffMember
from records.models.staffing import BusinessUnit, Client, Job, Person, Skill

__all__ = [
    "Appointment",
    "BusinessUnit",
    "Client",
    "Department",
    "Doctor",
    "Job",
    "LabResult",
    "MedicalRecord",
    "Patient",
    "Person",
    "Skill",
    "StaffMember",
]
