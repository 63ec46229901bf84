"""manage.py prepare_static"""

import filecmp
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.staticfiles.management.commands import collectstatic
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Collects the static files, unless they are all there: then nothing is written."

    def handle(self, **options) -> None:
        storage = ManifestStaticFilesStorage()
        if not is_complete(storage):
            collect(storage)


def collect(storage: ManifestStaticFilesStorage) -> None:
    command = collectstatic.Command()
    command.storage = storage
    call_command(command, interactive=False, verbosity=0)


def is_complete(storage: ManifestStaticFilesStorage) -> bool:
    """Whether all that would be made now is there, to the byte. It may then be where
    nobody can write, as in a container whose root is read-only."""
    with TemporaryDirectory() as folder:
        made = ManifestStaticFilesStorage(location=folder)
        collect(made)
        if made.hashed_files != storage.hashed_files:
            return False
        # The manifest is not compared: its lines may be in another order.
        names = {*made.hashed_files, *made.hashed_files.values()}
        return all(_is_same(Path(made.path(name)), Path(storage.path(name))) for name in names)


def _is_same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)
