"""Whether an answer is as new as the writes that were answered before it was asked for."""

import re
from datetime import datetime


def stamp(text):
    """`updated_at` of a row: two of them compare as their times do."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def list_of(target):
    """/api/doctors/7/ and /api/doctors/?page=2 are both of /api/doctors/; None for what shows no plain rows."""
    match = re.fullmatch(r"(/api/(?:doctors|appointments)/)(?:\d+/)?(?:\?.*)?", target)
    return match.group(1) if match else None


def rows_of(content):
    """The rows of a list or of a detail."""
    return content["results"] if "results" in content else [content]


class Writes:
    """Remembers all answered writes of all users: `updated_at` grows with each write of a row."""

    def __init__(self):
        self._answered = {}  # (list, id): [(when the answer had come, updated_at)], in order

    def answered(self, target, content, now):
        self._answered.setdefault((list_of(target), content["id"]), []).append((now, stamp(content["updated_at"])))

    def older_row(self, target, content, asked_at):
        """The id of a row in this answer that is older than a write answered before `asked_at`; None if there is none."""
        of = list_of(target)
        if of is None:
            return None
        for row in rows_of(content):
            seen = [updated_at for answered_at, updated_at in self._answered.get((of, row["id"]), ()) if answered_at < asked_at]
            if seen and stamp(row["updated_at"]) < max(seen):
                return row["id"]
        return None
