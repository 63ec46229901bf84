"""manage.py seed"""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import connection, transaction

from records.models import Appointment, Department, Doctor, Patient
from records.seeding.demo_users import DEMO_USERS, create_demo_users
from records.seeding.generation import (
    REFERENCE_TIME,
    Records,
    Sizes,
    appointment_slots,
    generate,
)
from sidecache_django import invalidate

# Rows can go only when nothing refers to them any more.
DELETION_ORDER = (Appointment, Patient, Doctor, Department)


class Command(BaseCommand):
    help = (
        "Replace all records by synthetic ones and create the demo users. "
        "The same options give the same rows on every run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for name, default in Sizes()._asdict().items():
            parser.add_argument(
                f"--{name}", type=int, default=default, help=f"default: {default}"
            )

    def handle(self, **options) -> None:
        sizes = Sizes(*(options[name] for name in Sizes._fields))
        check(sizes)
        replace_records(generate(sizes))
        if options["verbosity"]:
            users = ", ".join(demo.username for demo in DEMO_USERS)
            self.stdout.write(
                f"Seeded {sizes.doctors} doctors, {sizes.patients} patients, "
                f"{sizes.appointments} appointments; demo users: {users}."
            )


def check(sizes: Sizes) -> None:
    if sizes.doctors < 1 or sizes.patients < 1 or sizes.appointments < 0:
        raise CommandError("There must be at least one doctor and one patient.")
    bookable = sizes.doctors * len(appointment_slots())
    if sizes.appointments > bookable:
        raise CommandError(
            f"{sizes.doctors} doctors have time for {bookable} appointments at most."
        )


@transaction.atomic
def replace_records(records: Records) -> None:
    """Swap all records at once; readers see the old ones or the new ones."""
    for model in DELETION_ORDER:
        model.objects.all().delete()
    for rows in records:
        if rows:
            model = type(rows[0])
            model.objects.bulk_create(rows)
            # bulk_create has put in the time of this run; update() leaves it alone.
            model.objects.update(updated_at=REFERENCE_TIME)
            invalidate(model)  # neither of the two sends signals
    # Rows came with their keys: PostgreSQL would give the next one a key that is taken.
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), DELETION_ORDER):
            cursor.execute(statement)
    create_demo_users()
