"""Jobs at clients, what skills they need, and the people who are sent there."""

from django.db import models
from django.db.models import F, Q

from records.models.record import Record


class Client(Record):
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class BusinessUnit(Record):
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Skill(Record):
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Person(Record):
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    skills = models.ManyToManyField(Skill, related_name="people", blank=True)

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Job(Record):
    title = models.CharField(max_length=120)
    client = models.ForeignKey(Client, models.PROTECT, related_name="jobs")
    business_unit = models.ForeignKey(
        BusinessUnit, models.PROTECT, related_name="jobs"
    )
    people = models.ManyToManyField(Person, related_name="jobs", blank=True)
    needs = models.ManyToManyField(Skill, related_name="jobs", blank=True)
    open_from = models.DateField()
    open_to = models.DateField()

    class Meta:
        ordering = ["open_from", "id"]
        indexes = [models.Index(fields=["open_from", "id"], name="job_by_opening")]
        constraints = [
            models.CheckConstraint(
                check=Q(open_to__gte=F("open_from")), name="job_opens_before_it_closes"
            ),
        ]

    def __str__(self) -> str:
        return self.title
