"""RECORDS_DELAY_MS"""

from unittest.mock import patch

from django.test import override_settings
from rest_framework.test import APITestCase


@patch("records_api.middleware.delay.sleep")
class DelayTests(APITestCase):
    def test_no_delay_by_default(self, sleep):
        self.client.get("/api/doctors/")
        sleep.assert_not_called()

    @override_settings(API_DELAY_SECONDS=0.25)
    def test_api_views_are_delayed(self, sleep):
        self.client.get("/api/doctors/")
        sleep.assert_called_once_with(0.25)

    @override_settings(API_DELAY_SECONDS=0.25)
    def test_health_probe_is_not(self, sleep):
        self.client.get("/healthz/")
        sleep.assert_not_called()
