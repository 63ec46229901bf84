"""Who may read and write what: one table, by role and area."""

from enum import Enum

from django.core.exceptions import ObjectDoesNotExist
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from records.models import StaffMember

Role = StaffMember.Role


class Area(str, Enum):
    """What is allowed or forbidden together."""

    DIRECTORY = "directory"  # departments, doctors
    PATIENTS = "patients"  # patients, appointments
    CLINICAL = "clinical"  # medical records, laboratory results
    STAFFING = "staffing"  # jobs, people, skills, clients, business units


NOTHING, READ, WRITE = (), ("read",), ("read", "write")

# None is everybody else, logged in or not.
ALLOWED: dict[Role | None, dict[Area, tuple[str, ...]]] = {
    Role.ADMIN: {area: WRITE for area in Area},
    Role.DOCTOR: {
        Area.DIRECTORY: WRITE,
        Area.PATIENTS: WRITE,
        Area.CLINICAL: WRITE,
        Area.STAFFING: READ,
    },
    Role.RECEPTIONIST: {
        Area.DIRECTORY: READ,
        Area.PATIENTS: WRITE,
        Area.CLINICAL: NOTHING,
        Area.STAFFING: READ,
    },
    None: {
        Area.DIRECTORY: READ,
        Area.PATIENTS: NOTHING,
        Area.CLINICAL: NOTHING,
        Area.STAFFING: NOTHING,
    },
}


def role_of(user) -> Role | None:
    """A superuser is an admin; of everybody else the table of staff members tells."""
    if user is None or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMIN
    try:
        return Role(user.staff_member.role)
    except ObjectDoesNotExist:
        return None


class RolePermission(BasePermission):
    """Looks up the view's `area`. What everybody may do costs no query and tells no role."""

    def has_permission(self, request: Request, view) -> bool:
        wish = "read" if request.method in SAFE_METHODS else "write"
        if wish in ALLOWED[None][view.area]:
            return True
        request.role = role_of(request.user)
        return wish in ALLOWED[request.role][view.area]
