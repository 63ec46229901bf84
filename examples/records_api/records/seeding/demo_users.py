"""Users for demonstrations. Their passwords and tokens are public: demo only."""

from typing import NamedTuple

from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token

from records.models import StaffMember


class DemoUser(NamedTuple):
    username: str
    role: StaffMember.Role

    @property
    def is_superuser(self) -> bool:
        return self.role == StaffMember.Role.ADMIN

    @property
    def password(self) -> str:
        return self.username

    @property
    def token(self) -> str:
        return f"demo-only-{self.username}-token"


DEMO_USERS = (
    DemoUser("admin", StaffMember.Role.ADMIN),
    DemoUser("doctor", StaffMember.Role.DOCTOR),
    DemoUser("receptionist", StaffMember.Role.RECEPTIONIST),
)


def create_demo_users() -> None:
    """Create the demo users, or set existing ones back to their known state."""
    for demo in DEMO_USERS:
        user, _ = get_user_model().objects.get_or_create(username=demo.username)
        user.is_active = True
        user.is_staff = user.is_superuser = demo.is_superuser
        user.email = f"{demo.username}@hospital.example"
        # A new hash would end the user's sessions.
        if not user.check_password(demo.password):
            user.set_password(demo.password)
        user.save()
        StaffMember.objects.update_or_create(user=user, defaults={"role": demo.role})
        Token.objects.filter(user=user).delete()
        Token.objects.create(user=user, key=demo.token)
