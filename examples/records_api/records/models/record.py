"""What every table has."""

from django.db import models


class Record(models.Model):
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
