"""Whether an answer is as new as the writes that were answered before it was asked for."""

import re
from datetime import datetime

JOBS = "/api/jobs/"
NEEDS = "/api/jobs/needs/"


def stamp(text):
    """`updated_at` of a row: two of them compare as their times do."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def list_of(target):
    """/api/doctors/7/ and /api/doctors/?page=2 are both of /api/doctors/; None for what shows no plain rows."""
    match = re.fullmatch(r"(/api/(?:doctors|appointments|medical-records|lab-results|jobs)/)(?:\d+/)?(?:\?.*)?", target)
    return match.group(1) if match else None


def rows_of(content):
    """The rows of a list or of a detail."""
    return content["results"] if "results" in content else [content]


class Writes:
    """Remembers all writes of all users: `updated_at` grows with each write of a row."""

    def __init__(self):
        self._answered = {}  # (list, id): [(when the answer had come, updated_at)], in order
        self._assignments = Assignments()

    def begun(self, target, body):
        if list_of(target) == JOBS:
            self._assignments.begun(int(target.split("/")[3]), body["people"])

    def answered(self, target, content, now):
        of = list_of(target)
        self._answered.setdefault((of, content["id"]), []).append((now, stamp(content["updated_at"])))
        if of == JOBS:
            self._assignments.answered(content, now)

    def older_row(self, target, content, asked_at):
        """The id of a row in this answer that is older than a write answered before `asked_at`; None if there is none."""
        if target.partition("?")[0] == NEEDS:
            return self._assignments.older_job(content["results"], asked_at)
        of = list_of(target)
        if of is None:
            return None
        for row in rows_of(content):
            seen = [updated_at for answered_at, updated_at in self._answered.get((of, row["id"]), ()) if answered_at < asked_at]
            if seen and stamp(row["updated_at"]) < max(seen):
                return row["id"]
        return None


class Assignments:
    """Who is sent to which job. The page of needs shows people and no `updated_at`, so they are told apart by their keys: a job there has the people
    of the newest write that was answered before the page was asked for, or those of a write that nobody knew to be over at that time."""

    def __init__(self):
        self._begun = {}     # job: [people], of writes that have no answer so far
        self._answered = {}  # job: [(when the answer had come, updated_at, people)]

    def begun(self, job, people):
        self._begun.setdefault(job, []).append(set(people))

    def answered(self, content, now):
        job, people = content["id"], set(content["people"])
        self._begun[job].remove(people)
        self._answered.setdefault(job, []).append((now, stamp(content["updated_at"]), people))

    def older_job(self, rows, asked_at):
        for row in rows:
            known = self._answered.get(row["id"], ())
            before = [(updated_at, people) for answered_at, updated_at, people in known if answered_at < asked_at]
            if not before:
                continue
            possible = [max(before, key=lambda write: write[0])[1]]
            possible += [people for answered_at, _, people in known if answered_at >= asked_at] + self._begun.get(row["id"], [])
            if {person["id"] for person in row["people"]} not in possible:
                return row["id"]
        return None
