"""Addresses of the whole site."""

from django.urls import include, path

from records_api.health import healthz

urlpatterns = [
    path("api/", include("records.urls")),
    path("healthz/", healthz),
]

handler400 = "rest_framework.exceptions.bad_request"
handler404 = "records_api.errors.not_found"
handler500 = "rest_framework.exceptions.server_error"
