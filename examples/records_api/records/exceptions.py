"""API errors that DRF has no class for."""

from django.db import DataError
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response
from rest_framework.views import exception_handler


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "The request conflicts with the current state of the record."
    default_code = "conflict"


def answer_to(error: Exception, context: dict) -> Response | None:
    """A number that no column can hold is the client's mistake: PostgreSQL refuses it
    with the one error, SQLite with the other."""
    if isinstance(error, (DataError, OverflowError)):
        error = ParseError("A number is out of range.")
    return exception_handler(error, context)
