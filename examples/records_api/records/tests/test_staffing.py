"""Jobs, the people who are sent there, and what is missing."""

from datetime import date

from django.test import override_settings
from rest_framework.test import APITestCase

from records.models import Job
from records.tests.factories import (
    make_job,
    make_person,
    make_skill,
    make_user,
    token_header,
)

NEEDS = "/api/jobs/needs/"


class StaffingTestCase(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.triage, cls.x_rays = make_skill(name="Triage"), make_skill(name="X-rays")
        cls.ann = make_person(cls.triage, first_name="Ann", last_name="Abbott")
        cls.bob = make_person(first_name="Bob", last_name="Brown")
        cls.staffed = make_job([cls.bob, cls.ann], [cls.x_rays, cls.triage])
        cls.empty = make_job(needs=[cls.triage], open_from=date(2024, 5, 1))

    def setUp(self):
        self.client.credentials(**token_header(make_user()))

    def log_in(self, role: str):
        self.client.credentials(**token_header(make_user(f"a-{role}", role=role)))

    def rows(self, address: str) -> list[dict]:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()["results"]

    def keys(self, address: str) -> list[int]:
        return [row["id"] for row in self.rows(address)]


class JobTests(StaffingTestCase):
    def test_a_job_lists_the_keys_of_people_and_skills(self):
        row = self.client.get(f"/api/jobs/{self.staffed.pk}/").json()
        self.assertEqual(row["people"], [self.ann.pk, self.bob.pk])
        self.assertEqual(row["needs"], [self.triage.pk, self.x_rays.pk])
        self.assertEqual(row["client_name"], self.staffed.client.name)
        self.assertEqual((row["open_from"], row["open_to"]), ("2024-06-01", "2024-06-30"))

    def test_filters(self):
        staffed, empty = self.staffed.pk, self.empty.pk
        for query, wanted in (
            (f"people={self.ann.pk}", [staffed]),
            (f"people={self.ann.pk},{self.bob.pk}", [staffed]),
            (f"bu={self.empty.business_unit_id}", [empty]),
            (f"client={self.empty.client_id},{self.staffed.client_id}", [empty, staffed]),
            (f"needs={self.x_rays.pk}", [staffed]),
            ("opens_before=2024-06-01", [empty]),
            ("closes_from=2024-07-01", []),
        ):
            with self.subTest(query):
                self.assertEqual(self.keys(f"/api/jobs/?{query}"), wanted)
                self.assertEqual(self.keys(f"{NEEDS}?{query}"), wanted)

    def test_more_values_of_one_parameter_than_a_page_has_rows_are_refused(self):
        many = ",".join(map(str, range(101)))
        self.assertEqual(self.client.get(f"/api/jobs/?people={many}").status_code, 400)

    def test_people_are_found_by_skill(self):
        self.assertEqual(self.keys(f"/api/people/?skills={self.triage.pk}"), [self.ann.pk])
        self.assertEqual(self.keys("/api/people/?search=triage"), [self.ann.pk])

    def test_an_admin_assigns_people(self):
        self.log_in("admin")
        address = f"/api/jobs/{self.empty.pk}/"
        response = self.client.patch(address, {"people": [self.ann.pk]})
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(self.client.get(address).json()["people"], [self.ann.pk])

    def test_an_admin_makes_jobs(self):
        self.log_in("admin")
        job = {
            "title": "Locum",
            "client": self.empty.client_id,
            "business_unit": self.empty.business_unit_id,
            "people": [],
            "needs": [self.triage.pk],
            "open_from": "2024-07-01",
            "open_to": "2024-07-31",
        }
        self.assertEqual(self.client.post("/api/jobs/", job).status_code, 201)
        response = self.client.post("/api/jobs/", {**job, "open_to": "2024-06-30"})
        self.assertEqual((response.status_code, list(response.json())), (400, ["open_to"]))

    def test_a_job_cannot_be_changed_to_close_before_it_opens(self):
        self.log_in("admin")
        response = self.client.patch(f"/api/jobs/{self.empty.pk}/", {"open_to": "2024-04-30"})
        self.assertEqual(response.status_code, 400)

    def test_a_client_with_jobs_stays(self):
        self.log_in("admin")
        response = self.client.delete(f"/api/clients/{self.empty.client_id}/")
        self.assertEqual(response.status_code, 409)


class NeedsTests(StaffingTestCase):
    def test_each_job_tells_its_people_their_skills_and_what_nobody_can_do(self):
        empty, staffed = self.rows(NEEDS)
        self.assertEqual(empty["missing"], ["Triage"])
        self.assertEqual(
            staffed,
            {
                "id": self.staffed.pk,
                "title": "Night shift",
                "client": self.staffed.client_id,
                "client_name": self.staffed.client.name,
                "business_unit": self.staffed.business_unit_id,
                "business_unit_name": self.staffed.business_unit.name,
                "open_from": "2024-06-01",
                "open_to": "2024-06-30",
                "people": [
                    {"id": self.ann.pk, "name": "Ann Abbott", "skills": ["Triage"]},
                    {"id": self.bob.pk, "name": "Bob Brown", "skills": []},
                ],
                "needs": ["Triage", "X-rays"],
                "missing": ["X-rays"],
            },
        )

    def test_a_person_who_learns_is_missing_no_more(self):
        self.bob.skills.add(self.x_rays)
        self.assertEqual(self.rows(NEEDS)[1]["missing"], [])

    def test_there_is_nothing_to_write(self):
        self.log_in("admin")
        self.assertEqual(self.client.post(NEEDS, {}).status_code, 405)

    def test_up_to_a_hundred_jobs_are_on_one_page(self):
        client, unit = self.empty.client, self.empty.business_unit
        for _ in range(101):
            make_job(client=client, business_unit=unit)
        with override_settings(REPAIRED=True):
            self.assertEqual(len(self.rows(NEEDS)), 100)
            self.assertEqual(len(self.rows(f"{NEEDS}?page_size=5000&page=2")), 3)


class RepairTests(StaffingTestCase):
    """RECORDS_REPAIRED: the queries of the user, of the role and of the count are three."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        people = [make_person(cls.x_rays, cls.triage) for _ in range(3)]
        for _ in range(10):
            make_job(people, [cls.triage])

    def count(self) -> int:
        return int(self.client.get(NEEDS)["X-Query-Count"])

    def test_without_it_each_job_adds_six_queries_and_two_for_each_person(self):
        expected = sum(6 + 2 * job.people.count() for job in Job.objects.all())
        self.assertEqual(self.count(), 3 + 1 + expected)

    def test_with_it_there_are_four_however_many_jobs_there_are(self):
        with override_settings(REPAIRED=True):
            self.assertEqual(self.count(), 3 + 4)

    def test_the_answer_is_the_same(self):
        for query in ("", f"?people={self.ann.pk}", f"?client={self.empty.client_id}", "?people=0"):
            slow = self.client.get(NEEDS + query)
            with override_settings(REPAIRED=True):
                fast = self.client.get(NEEDS + query)
            self.assertEqual((fast.content, fast["ETag"]), (slow.content, slow["ETag"]))
