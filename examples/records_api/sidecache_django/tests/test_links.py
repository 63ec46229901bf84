"""Rows that are linked by many-to-many fields: jobs, people and their skills."""

from unittest.mock import patch

from django.db.models import SET
from django.test import TransactionTestCase, override_settings
from rest_framework.test import APITestCase

from records.models import Client, Job, Person
from records.tests.factories import (
    make_job,
    make_lab_result,
    make_medical_record,
    make_person,
    make_skill,
    make_user,
    token_header,
)
from sidecache_django import scope
from sidecache_django.tests.support import WithDoor, shown

NEEDS = "/api/jobs/needs/"


class LinkedReadTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.skill = make_skill()
        cls.person = make_person(cls.skill)
        cls.job = make_job([cls.person], [cls.skill])
        cls.credentials = token_header(make_user())

    def get(self, address: str) -> set[str]:
        return shown(self.client.get(address, **self.credentials))

    def test_a_page_of_needs_is_in_the_groups_of_all_that_it_read(self):
        for is_repaired in (False, True):
            with self.subTest(repaired=is_repaired), override_settings(REPAIRED=is_repaired):
                groups = self.get(NEEDS)
                for name in ("job", "person", "skill"):
                    self.assertIn(f"records.{name}", groups)
                for name in ("job_people", "job_needs", "person_skills"):
                    self.assertIn(f"records.{name}", groups)
                for row in (self.job.client, self.job.business_unit):
                    self.assertIn(f"{row._meta.label_lower}:{row.pk}", groups)

    def test_both_ways_of_making_it_are_ended_by_the_same_writes(self):
        """Once one reads of a table what the other reads, whatever the order."""
        slow = {name.partition(":")[0] for name in self.get(NEEDS)}
        with override_settings(REPAIRED=True):
            fast = {name.partition(":")[0] for name in self.get(NEEDS)}
        self.assertEqual(fast, slow)

    def test_the_results_of_one_patient_are_named_by_the_patient(self):
        result, record = make_lab_result(), make_medical_record()
        groups = self.get(f"/api/lab-results/?patient={result.patient_id}")
        self.assertIn(f"records.labresult:patient={result.patient_id}", groups)
        self.assertIn(f"records.patient:{result.patient_id}", groups)
        self.assertNotIn("records.labresult", groups)
        groups = self.get(f"/api/medical-records/?doctor={record.doctor_id}")
        self.assertIn(f"records.medicalrecord:doctor={record.doctor_id}", groups)
        self.assertNotIn("records.medicalrecord", groups)


class LinkedWriteTests(WithDoor, TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.skill = make_skill()
        self.person = make_person(self.skill)
        self.job = make_job([self.person], [self.skill])

    def groups_of(self, read) -> set[str]:
        opened = scope.Scope(changes_by_header=False)
        with opened.open():
            read()
        return set(opened.shown.named(100))

    def assert_ended(self, read, write):
        groups = self.groups_of(read)
        self.door.announcements.clear()
        write()
        told = set().union(*self.door.announcements)
        self.assertTrue(groups & told, f"{groups} is not ended by {told}")

    def test_who_is_sent_to_a_job_ends_what_shows_its_people(self):
        for write in (
            lambda: self.job.people.remove(self.person),
            lambda: self.job.people.add(self.person),
            lambda: self.person.jobs.clear(),
            lambda: self.person.jobs.set([self.job]),
        ):
            self.assert_ended(lambda: list(self.job.people.all()), write)

    def test_a_row_that_goes_takes_its_links_with_it(self):
        """Django deletes these without a signal; a count reads nothing else."""
        count = Person.skills.through.objects.count
        self.assert_ended(count, make_person(self.skill).delete)
        self.assert_ended(count, self.skill.delete)

    def test_a_job_that_goes_by_a_query_takes_its_links_with_it(self):
        self.assert_ended(Job.people.through.objects.count, Job.objects.all().delete)

    def test_a_foreign_key_that_is_set_to_another_row_as_its_own_goes(self):
        """Django writes the other value without a signal; the row itself shows it."""
        client = self.job.client
        other = Client.objects.create(name="Other")
        pointer = Job._meta.get_field("client").remote_field
        with patch.object(pointer, "on_delete", SET(other.pk)):
            self.assert_ended(lambda: Job.objects.get(pk=self.job.pk), client.delete)
        self.job.refresh_from_db()
        self.assertEqual(self.job.client, other)

    def test_a_lab_result_ends_the_results_of_its_patient(self):
        result = make_lab_result()
        results = result.patient.lab_results
        self.assert_ended(lambda: list(results.all()), result.delete)
        self.assert_ended(
            lambda: list(results.all()),
            lambda: make_lab_result(patient=result.patient, ordered_by=result.ordered_by),
        )
