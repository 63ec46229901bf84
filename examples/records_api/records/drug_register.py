"""Asks the drug register, which is another service, by HTTP."""

import http.client
import json
from time import monotonic
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import APIException

from sidecache_django.deadline import DeadlineConnection

ANSWER_LIMIT = 256 * 1024
FIELDS = {"code", "name", "interactions"}


class RegisterMissing(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "No drug register is configured."
    default_code = "register_missing"


class RegisterFailed(APIException):
    status_code = status.HTTP_502_BAD_GATEWAY
    default_detail = "The drug register did not answer as it should."
    default_code = "register_failed"


class RegisterSlow(APIException):
    status_code = status.HTTP_504_GATEWAY_TIMEOUT
    default_detail = "The drug register did not answer in time."
    default_code = "register_slow"


def interactions_of(code: str) -> dict:
    """What the register says of the drug, within DRUG_REGISTER_SECONDS for the whole exchange."""
    if not settings.DRUG_REGISTER_URL:
        raise RegisterMissing
    try:
        answer, content = _ask(f"/drugs/{quote(code, safe='')}/interactions")
    except TimeoutError as error:
        raise RegisterSlow from error
    except (OSError, http.client.HTTPException) as error:
        raise RegisterFailed from error
    if answer == 404:
        raise Http404
    if answer != 200 or len(content) > ANSWER_LIMIT:
        raise RegisterFailed
    try:
        found = json.loads(content)
    except ValueError as error:
        raise RegisterFailed from error
    if not isinstance(found, dict) or not FIELDS <= found.keys():
        raise RegisterFailed
    return found


def _ask(path: str) -> tuple[int, bytes]:
    base = urlsplit(settings.DRUG_REGISTER_URL)
    until = monotonic() + settings.DRUG_REGISTER_SECONDS
    connection = DeadlineConnection(base.hostname, base.port or 80, until)
    try:
        headers = {"Accept": "application/json", "Connection": "close"}
        connection.request("GET", base.path.rstrip("/") + path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(ANSWER_LIMIT + 1)
    finally:
        connection.close()
