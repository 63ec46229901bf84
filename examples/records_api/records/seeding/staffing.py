"""Synthetic staffing: jobs at clients, and the people who are sent there."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from django.db.models import Model

from records.models import BusinessUnit, Client, Job, Person, Skill
from records.seeding.vocabulary import FIRST_NAMES, LAST_NAMES

SKILLS = (
    "Anaesthesia", "Blood sampling", "Dialysis", "Dictation", "Endoscopy", "Intensive care",
    "Midwifery", "Operating theatre", "Paediatric nursing", "Palliative care",
    "Physiotherapy", "Sign language", "Sterilisation", "Triage", "Ultrasound",
    "Wound care", "X-rays",
)
CLIENTS = (
    "Ashford Falls Clinic", "Brookhaven Hospice", "Eastmere General Hospital",
    "Fairview Children's Hospital", "Harbour View Care Home", "Kingsbridge Surgery",
    "Lake Drive Medical Centre", "Northfield Hospital", "Oakdale Day Clinic",
    "Orchard Way Practice", "St. Anne's Hospital", "Westbury Rehabilitation Centre",
)
BUSINESS_UNITS = ("Care Homes", "Clinics", "Emergency Cover", "Hospitals", "Long-term Placement")
TITLES = ("Day shift", "Night shift", "Weekend cover", "Locum", "Holiday cover", "Parental leave")

EARLIEST, LATEST = -90, 60  # days from today on which a job may open
SHORTEST, LONGEST = 14, 180

JOBS_FOR_EACH_PERSON = 2
FEWEST_PEOPLE = 8
MOST_NEEDS = 3
MOST_SKILLS = 4
MOST_PEOPLE = 4


def staffing(random: Random, jobs: int, today: date) -> Iterator[tuple[type[Model], list[Model]]]:
    """Each table with its rows, in an order in which they can be inserted."""
    people = max(FEWEST_PEOPLE, jobs // JOBS_FOR_EACH_PERSON)
    skill_keys = range(1, len(SKILLS) + 1)
    yield Skill, _named(Skill, SKILLS)
    yield Client, _named(Client, CLIENTS)
    yield BusinessUnit, _named(BusinessUnit, BUSINESS_UNITS)
    yield Person, [
        Person(
            id=number,
            first_name=random.choice(FIRST_NAMES),
            last_name=random.choice(LAST_NAMES),
        )
        for number in range(1, people + 1)
    ]
    yield Job, [_job(random, number, today) for number in range(1, jobs + 1)]
    yield _links(random, Person.skills, people, skill_keys, 1, MOST_SKILLS)
    yield _links(random, Job.needs, jobs, skill_keys, 1, MOST_NEEDS)
    yield _links(random, Job.people, jobs, range(1, people + 1), 0, MOST_PEOPLE)


def _named(model: type[Model], names: tuple[str, ...]) -> list[Model]:
    return [model(id=number, name=name) for number, name in enumerate(names, start=1)]


def _job(random: Random, number: int, today: date) -> Job:
    opens = today + timedelta(days=random.randint(EARLIEST, LATEST))
    return Job(
        id=number,
        title=random.choice(TITLES),
        client_id=random.randint(1, len(CLIENTS)),
        business_unit_id=random.randint(1, len(BUSINESS_UNITS)),
        open_from=opens,
        open_to=opens + timedelta(days=random.randint(SHORTEST, LONGEST)),
    )


def _links(
    random: Random, relation, rows: int, others: range, fewest: int, most: int
) -> tuple[type[Model], list[Model]]:
    """From each row to some of the others, no two the same."""
    field = relation.field
    source, target = field.m2m_column_name(), field.m2m_reverse_name()
    pairs = (
        (row, other)
        for row in range(1, rows + 1)
        for other in sorted(random.sample(others, random.randint(fewest, most)))
    )
    return relation.through, [
        relation.through(id=number, **{source: row, target: other})
        for number, (row, other) in enumerate(pairs, start=1)
    ]
