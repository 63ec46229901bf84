"""manage.py seed"""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import connection, transaction

from records.models.record import Record
from records.seeding.demo_users import DEMO_USERS, create_demo_users
from records.seeding.generation import (
    APPOINTMENTS_FOR_EACH_PATIENT,
    REFERENCE_TIME,
    Rows,
    Sizes,
    appointment_slots,
    generate,
)
from sidecache_django import invalidate

BATCH = 1000


class Command(BaseCommand):
    help = (
        "Replace all records by synthetic ones and create the demo users. "
        "The same options give the same rows on every run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for name, default in Sizes()._asdict().items():
            told = f"{APPOINTMENTS_FOR_EACH_PATIENT} for each patient" if default is None else default
            parser.add_argument(f"--{name}", type=int, default=default, help=f"default: {told}")

    def handle(self, **options) -> None:
        sizes = Sizes(*(options[name] for name in Sizes._fields))
        check(sizes)
        tables = generate(sizes)
        replace_records(tables)
        if options["verbosity"]:
            counts = ", ".join(
                f"{len(rows)} {model._meta.verbose_name_plural}"
                for model, rows in tables.items()
                if issubclass(model, Record)
            )
            users = ", ".join(demo.username for demo in DEMO_USERS)
            self.stdout.write(f"Seeded {counts}; demo users: {users}.")


def check(sizes: Sizes) -> None:
    if sizes.doctors < 1 or sizes.patients < 1:
        raise CommandError("There must be at least one doctor and one patient.")
    if sizes.booked < 0 or sizes.jobs < 0:
        raise CommandError("There cannot be less than no appointments or jobs.")
    bookable = sizes.doctors * len(appointment_slots())
    if sizes.booked > bookable:
        raise CommandError(
            f"{sizes.doctors} doctors have time for {bookable} appointments at most."
        )


@transaction.atomic
def replace_records(tables: Rows) -> None:
    """Swap all records at once; readers see the old ones or the new ones."""
    with connection.cursor() as cursor:
        for model in reversed(tables):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
        for model, rows in tables.items():
            model.objects.bulk_create(rows, BATCH)
            if issubclass(model, Record):
                # bulk_create has put in the time of this run; update() leaves it alone.
                model.objects.update(updated_at=REFERENCE_TIME)
            invalidate(model)  # none of these sends signals
        # Rows that are made later must not get the keys of these.
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)
    create_demo_users()
