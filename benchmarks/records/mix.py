"""What people ask of the records API, and how often: a table for each mix, and the sequence of requests that each user makes of it."""

import random
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass

PAGE = 20  # rows of a list

THINKING = (0.2, 1.0)  # seconds between an answer and the next request of the same user, evenly spread

Sizes = namedtuple("Sizes", "doctors patients appointments departments jobs people", defaults=(40, 5000, 20000, 10, 80, 40))


@dataclass(frozen=True)
class Request:
    kind: str
    method: str
    target: str
    user: str = None  # whose token goes with it; None: nobody's
    body: dict = None


@dataclass(frozen=True)
class Kind:
    name: str
    shape: str   # list, detail or write
    weight: int  # of 1000 requests, some of which are no choice: each write is followed by a read that shows it
    make: Callable  # from a source of chance and the sizes: a Request without its kind


def _get(target, user=None):
    return "GET", target, user, None


def _near_the_top(chance, count):
    """A row: of `count` of them the first ones are asked for much more often, the n-th 1/n as often as the first."""
    return chance.choices(range(1, count + 1), [1 / rank for rank in range(1, count + 1)])[0]


def _staff(chance):
    return chance.choice(("doctor", "receptionist", "receptionist"))


def _doctors(chance, sizes):
    wish = chance.random()
    if wish < 0.6:
        return _get("/api/doctors/")
    if wish < 0.8:
        return _get("/api/doctors/?page=2")
    return _get("/api/doctors/?department=%d" % _near_the_top(chance, sizes.departments))


SEARCHED = ("cardio", "derma", "neuro", "paedia", "ortho", "onco", "family", "trauma")


def _search(chance, sizes):
    return _get("/api/doctors/?search=%s" % SEARCHED[_near_the_top(chance, len(SEARCHED)) - 1])


NEEDS = "/api/jobs/needs/"


def _needs(chance, sizes):
    unit = chance.randrange(1, 6)
    target = NEEDS if chance.random() < 0.7 else NEEDS + "?bu=%d" % unit
    return _get(target, chance.choice(("receptionist", "receptionist", "doctor", "admin")))


def _move(chance, sizes):
    moved = {"starts_at": "2024-07-%02dT%02d:00:00Z" % (chance.randrange(1, 29), chance.randrange(8, 17))}
    return "PATCH", "/api/appointments/%d/" % chance.randrange(1, sizes.appointments + 1), "receptionist", moved


SPECIALTIES = ("Cardiology", "Dermatology", "Neurology", "Paediatrics", "Sports Medicine", "Medical Oncology")


def _respecialize(chance, sizes):
    return "PATCH", "/api/doctors/%d/" % chance.randrange(1, sizes.doctors + 1), "doctor", {"specialty": chance.choice(SPECIALTIES)}


def _assign(chance, sizes):
    people = chance.sample(range(1, sizes.people + 1), chance.randrange(1, 4))
    return "PATCH", "/api/jobs/%d/" % chance.randrange(1, sizes.jobs + 1), "admin", {"people": people}


def _departments(chance, sizes):
    return _get("/api/departments/")


def _patients(chance, sizes):
    return _get("/api/patients/?page=%d" % _near_the_top(chance, min(5, -(-sizes.patients // PAGE))), _staff(chance))


def _appointments(chance, sizes):
    return _get("/api/appointments/?doctor=%d" % _near_the_top(chance, sizes.doctors), _staff(chance))


def _doctor(chance, sizes):
    return _get("/api/doctors/%d/" % _near_the_top(chance, sizes.doctors))


def _statistics(chance, sizes):
    return _get("/api/doctors/%d/stats/" % _near_the_top(chance, sizes.doctors))


def _department(chance, sizes):
    return _get("/api/departments/%d/" % _near_the_top(chance, sizes.departments))


def _patient(chance, sizes):
    return _get("/api/patients/%d/" % chance.randrange(1, sizes.patients + 1), _staff(chance))


def _appointment(chance, sizes):
    return _get("/api/appointments/%d/" % chance.randrange(1, sizes.appointments + 1), _staff(chance))


def _records(chance, sizes):
    return _get("/api/medical-records/?patient=%d" % chance.randrange(1, sizes.patients + 1), "doctor")


def _results(chance, sizes):
    return _get("/api/lab-results/?patient=%d" % chance.randrange(1, sizes.patients + 1), "doctor")


def _finding(chance, sizes):
    """The key of a medical record or of a laboratory result: there are more of either than of every second appointment."""
    return chance.randrange(1, sizes.appointments // 2 + 1)


def _note(chance, sizes):
    return "PATCH", "/api/medical-records/%d/" % _finding(chance, sizes), "doctor", {"notes": chance.choice(("Better.", "Unchanged.", "To be seen again."))}


def _measure(chance, sizes):
    measured = {"value": "%.2f" % chance.uniform(1, 9), "status": chance.choice(("normal", "abnormal"))}
    return "PATCH", "/api/lab-results/%d/" % _finding(chance, sizes), "doctor", measured


def _permissions(chance, sizes):
    return _get("/api/me/permissions/", chance.choice(("doctor", "receptionist", "admin")))


# Most read what is public. Of 1000 requests 735 are of lists, 245 of details (3:1), with the 20 that follow a write, and 20 are writes.
# Reads of patients and appointments are private: config/sidecache.yaml shares them between all of a role.
READERS = (
    Kind("doctors", "list", 317, _doctors),
    Kind("departments", "list", 140, _departments),
    Kind("search", "list", 120, _search),
    Kind("needs", "list", 109, _needs),
    Kind("patients", "list", 24, _patients),
    Kind("appointments", "list", 24, _appointments),
    Kind("doctor", "detail", 114, _doctor),
    Kind("department", "detail", 40, _department),
    Kind("statistics", "detail", 54, _statistics),
    Kind("patient", "detail", 9, _patient),
    Kind("appointment", "detail", 9, _appointment),
    Kind("move", "write", 17, _move),
    Kind("respecialize", "write", 2, _respecialize),
    Kind("assign", "write", 1, _assign),
)

# Staff at work: 100 of 1000 requests are writes, 100 the reads after them, and 436 are private reads that nobody shares.
STAFF = (
    Kind("doctors", "list", 120, _doctors),
    Kind("departments", "list", 40, _departments),
    Kind("search", "list", 60, _search),
    Kind("needs", "list", 54, _needs),
    Kind("patients", "list", 70, _patients),
    Kind("appointments", "list", 100, _appointments),
    Kind("medical records", "list", 70, _records),
    Kind("lab results", "list", 70, _results),
    Kind("doctor", "detail", 50, _doctor),
    Kind("statistics", "detail", 26, _statistics),
    Kind("department", "detail", 14, _department),
    Kind("patient", "detail", 60, _patient),
    Kind("appointment", "detail", 30, _appointment),
    Kind("permissions", "detail", 36, _permissions),
    Kind("move", "write", 50, _move),
    Kind("note", "write", 24, _note),
    Kind("measure", "write", 20, _measure),
    Kind("respecialize", "write", 4, _respecialize),
    Kind("assign", "write", 2, _assign),
)
MIXES = {"readers": READERS, "staff": STAFF}


class Person:
    """One user's requests and pauses: the same for the same seed, number, mix and sizes, whoever answers. After a write the same row is read, and after
    one of a job's people the page that shows them."""

    def __init__(self, seed, number, sizes=Sizes(), mix="readers"):
        self._chance = random.Random("%d/%d" % (seed, number))
        self._sizes = sizes
        self._kinds = MIXES[mix]
        self._weights = [kind.weight for kind in self._kinds]
        self._written = None

    def next_request(self):
        if self._written is not None:
            written, self._written = self._written, None
            kind, target = ("needs", NEEDS) if written.kind == "assign" else ("read again", written.target)
            return Request(kind, "GET", target, written.user)
        kind = self._chance.choices(self._kinds, self._weights)[0]
        request = Request(kind.name, *kind.make(self._chance, self._sizes))
        if request.method != "GET":
            self._written = request
        return request

    def next_pause(self):
        return self._chance.uniform(*THINKING)
