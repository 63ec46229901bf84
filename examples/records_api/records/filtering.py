"""Query parameters that narrow and order lists."""

from datetime import datetime

from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import BooleanField, Field, QuerySet
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend, OrderingFilter
from rest_framework.request import Request

MOST_VALUES = 100
BIGGEST_NUMBER = 2**63 - 1
TRUTHS = {"true": True, "false": False}


class FieldFilter(BaseFilterBackend):
    """The view's `filters`: a parameter's name, and the look-up that it stands for.

    A value that the field cannot have is a 400: to leave it out would answer with
    everything. An empty one is no filter, since forms send it so.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet, view) -> QuerySet:
        problems = {}
        for name, lookup in view.filters.items():
            text = request.query_params.get(name)
            if not text:
                continue
            field_name, _, operator = lookup.partition("__")
            field = queryset.model._meta.get_field(field_name)
            try:
                value = parse_list(field, text) if operator == "in" else parse(field, text)
            except (InvalidValue, TypeError, ValueError):
                problems[name] = [f"Not a value of {field.name}: {text}"]
                continue
            queryset = queryset.filter(**{lookup: value})
            if field.many_to_many:
                queryset = queryset.distinct()
        if problems:
            raise ValidationError(problems)
        return queryset


class StableOrdering(OrderingFilter):
    """`?ordering=`, and then by the key: rows that are equal keep their pages."""

    def get_ordering(self, request: Request, queryset: QuerySet, view):
        ordering = super().get_ordering(request, queryset, view)
        return ordering and [*ordering, "pk"]


def parse_list(field: Field, text: str) -> list:
    """Values with commas between them, any of which will do."""
    texts = text.split(",")
    if len(texts) > MOST_VALUES:
        raise ValueError(text)
    return [parse(field, each) for each in texts]


def parse(field: Field, text: str):
    """The text as a value of the field; for a relation, as the other row's key."""
    while field.remote_field is not None:
        field = field.target_field
    if "\0" in text or field.choices and text not in dict(field.choices):
        raise ValueError(text)
    if isinstance(field, BooleanField):
        text = TRUTHS.get(text.lower(), text)
    value = field.to_python(text)
    if isinstance(value, int) and abs(value) > BIGGEST_NUMBER:
        raise ValueError(text)
    if isinstance(value, datetime) and timezone.is_naive(value):
        return timezone.make_aware(value)
    return value
