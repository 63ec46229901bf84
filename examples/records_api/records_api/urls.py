"""Addresses of the whole site."""

from django.urls import include, path

from records_api.health import healthz
from records_api.start import start
from records_api.static_files import static_file

urlpatterns = [
    path("api/", include("records.urls")),
    path("healthz/", healthz),
    path("static/<path:path>", static_file),
    path("", start),
]

handler400 = "rest_framework.exceptions.bad_request"
handler404 = "records_api.errors.not_found"
handler500 = "rest_framework.exceptions.server_error"
