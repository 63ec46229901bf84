"""Users for demonstrations. Their passwords and tokens are public: demo only."""

from typing import NamedTuple

from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token


class DemoUser(NamedTuple):
    username: str
    is_superuser: bool = False

    @property
    def password(self) -> str:
        return self.username

    @property
    def token(self) -> str:
        return f"demo-only-{self.username}-token"


DEMO_USERS = (
    DemoUser("admin", is_superuser=True),
    DemoUser("doctor"),
    DemoUser("receptionist"),
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
        Token.objects.filter(user=user).delete()
        Token.objects.create(user=user, key=demo.token)
