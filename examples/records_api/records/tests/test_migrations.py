"""Migrations keep up with the models."""

from django.core.management import call_command
from django.test import TestCase


class MigrationTests(TestCase):
    def test_none_is_missing(self):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
