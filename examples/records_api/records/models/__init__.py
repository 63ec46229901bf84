"""The tables, each file those of one room of the hospital."""

from records.models.directory import Department, Doctor
from records.models.patients import Appointment, Patient

__all__ = ["Appointment", "Department", "Doctor", "Patient"]
