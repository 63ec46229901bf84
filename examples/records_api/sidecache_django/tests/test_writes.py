"""What is announced of writes, when and how often."""

import pickle

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings

from records.models import Appointment, Department, Doctor, Patient
from records.tests.factories import (
    make_appointment,
    make_department,
    make_doctor,
    make_patient,
    make_user,
    token_header,
)
from sidecache_django import invalidate
from sidecache_django.tests.support import WithDoor, ended, sidecache

VIEWS = override_settings(ROOT_URLCONF="sidecache_django.tests.views")
THROUGH_PROXY = {"HTTP_VIA": "1.0 elsewhere, 1.1 sidecache (a comment)"}


class WriteTestCase(WithDoor, TransactionTestCase):
    def told(self) -> list[set[str]]:
        """What the door has heard since the last time."""
        heard, self.door.announcements = self.door.announcements, []
        return heard

    def make(self, factory, **values):
        row = factory(**values)
        self.told()
        return row


class ShellTests(WriteTestCase):
    def test_a_save_names_the_row_its_model_and_its_relations(self):
        doctor = self.make(make_doctor)
        doctor.specialty = "Changed"
        doctor.save()
        row = f"records.doctor:{doctor.pk}"
        relation = f"records.doctor:department={doctor.department_id}"
        self.assertEqual(self.told(), [{"records.doctor", row, relation}])

    def test_a_new_row_and_one_that_goes(self):
        department = make_department()
        wanted = {"records.department", f"records.department:{department.pk}"}
        self.assertEqual(self.told(), [wanted])
        department.delete()
        self.assertEqual(self.told(), [wanted])

    def test_rows_that_go_by_a_query_or_with_another(self):
        departments = [self.make(make_department) for _ in range(2)]
        Department.objects.all().delete()
        rows = {f"records.department:{row.pk}" for row in departments}
        self.assertEqual(self.told(), [{"records.department"} | rows])

    def test_it_is_told_before_the_caller_goes_on_and_once(self):
        doctor = self.make(make_doctor)
        with transaction.atomic():
            for number in range(5):
                doctor.specialty = str(number)
                doctor.save()
                with transaction.atomic():
                    make_department()
            self.assertEqual(self.told(), [])
        heard = self.told()
        self.assertEqual(len(heard), 1)
        self.assertIn(f"records.doctor:{doctor.pk}", heard[0])
        self.assertEqual(sum(name.startswith("records.department:") for name in heard[0]), 5)
        self.assertEqual(connection.run_on_commit, [])

    def test_hooks_of_others_run_after_it(self):
        heard = []
        with transaction.atomic():
            make_department()
            transaction.on_commit(lambda: heard.extend(self.told()))
            make_doctor()
        self.assertEqual(len(heard), 1)
        self.assertIn("records.doctor", heard[0])

    def test_a_rollback_tells_nothing_then_or_later(self):
        try:
            with transaction.atomic():
                make_doctor()
                raise LookupError
        except LookupError:
            pass
        self.assertEqual(self.told(), [])
        department = make_department()
        self.assertEqual(
            self.told(), [{"records.department", f"records.department:{department.pk}"}]
        )

    def test_savepoints(self):
        with transaction.atomic():
            kept = [make_department()]
            with transaction.atomic():
                kept.append(make_department())
            with transaction.atomic():
                Group.objects.create(name="lost")
                with transaction.atomic():
                    make_user(role=None)
                transaction.set_rollback(True)
            kept.append(make_department())
            try:
                with transaction.atomic():
                    make_patient()
                    raise LookupError
            except LookupError:
                kept.append(make_department())
        wanted = {f"records.department:{row.pk}" for row in kept}
        self.assertEqual(self.told(), [{"records.department"} | wanted])

    def test_a_savepoint_of_the_low_level_functions(self):
        """Django does not tell on_commit of these: a name too many, and none too few."""
        with transaction.atomic():
            kept = [make_department()]
            savepoint = transaction.savepoint()
            Group.objects.create(name="lost")
            transaction.savepoint_rollback(savepoint)
            kept.append(make_department())
        (heard,) = self.told()
        self.assertLessEqual({f"records.department:{row.pk}" for row in kept}, heard)

    def test_one_transaction_of_many_rows_leaves_little(self):
        with transaction.atomic():
            for _ in range(3):
                make_department()
            self.assertEqual(len(connection.run_on_commit), 1)
            department = make_department()
            for _ in range(600):
                Department(pk=department.pk + _, name=f"N{_}", location="x").save()
        self.assertEqual(self.told(), [{"records.department", "records.department:*"}])

    def test_links_between_rows(self):
        user = self.make(make_user, role=None)
        group = Group.objects.create(name="g")
        self.told()
        links = {"auth.user_groups", "auth.user_groups:*"}
        user_names = {"auth.user", f"auth.user:{user.pk}"}
        group_names = {"auth.group", f"auth.group:{group.pk}"}
        for change in (user.groups.add, user.groups.remove):
            change(group)
            self.assertEqual(self.told(), [links | user_names | group_names])
        group.user_set.add(user)
        self.assertEqual(self.told(), [links | user_names | group_names])
        user.groups.clear()
        self.assertEqual(self.told(), [links | user_names | {"auth.group", "auth.group:*"}])

    def test_what_is_ignored_is_not_told(self):
        user = self.make(make_user, role=None)
        token_header(user)
        self.assertEqual(self.told(), [])
        with sidecache(ADMIN=self.door.address, IGNORE=["records.Department"]):
            make_department()
            self.assertEqual(self.told(), [])
            token_header(make_user("other"))
            self.assertTrue(any("authtoken.token" in names for names in self.told()))

    def test_no_door_no_word(self):
        with sidecache():
            make_department()
        self.assertEqual(self.door.requests, [])


class RelationTests(WriteTestCase):
    def setUp(self):
        super().setUp()
        self.row = make_appointment()
        self.old = self.row.doctor_id
        self.new = make_doctor().pk
        self.other = make_doctor().pk
        self.row = Appointment.objects.get(pk=self.row.pk)
        self.told()

    def doctors(self) -> set[int]:
        """Of whom the one announcement says that their appointments have changed."""
        (heard,) = self.told()
        self.assertIn("records.appointment", heard)
        start = "records.appointment:doctor="
        return {int(name[len(start) :]) for name in heard if name.startswith(start)}

    def move(self, doctor: int, row=None, **options) -> None:
        row = row or self.row
        row.doctor_id = doctor
        row.save(**options)

    def test_a_move_names_where_it_was_and_where_it_is(self):
        self.move(self.new)
        self.assertEqual(self.doctors(), {self.old, self.new})

    def test_a_move_by_the_related_row(self):
        self.row.doctor = Doctor.objects.get(pk=self.new)
        self.row.save(update_fields=["doctor"])
        self.assertEqual(self.doctors(), {self.old, self.new})

    def test_two_moves(self):
        self.move(self.new)
        self.told()
        self.move(self.other)
        self.assertLessEqual({self.new, self.other}, self.doctors())

    def test_a_move_after_one_that_was_rolled_back(self):
        with transaction.atomic():
            self.move(self.new)
            transaction.set_rollback(True)
        self.assertEqual(self.told(), [])
        self.move(self.other)
        self.assertLessEqual({self.old, self.other}, self.doctors())

    def test_a_move_after_somebody_elses_that_was_read(self):
        Appointment.objects.filter(pk=self.row.pk).update(doctor=self.other)
        self.row.refresh_from_db()
        self.move(self.new)
        self.assertLessEqual({self.other, self.new}, self.doctors())

    def test_a_deletion_names_what_is_stored_though_the_instance_was_changed(self):
        self.row.doctor_id = self.new
        self.row.delete()
        self.assertLessEqual({self.old}, self.doctors())

    def test_an_instance_out_of_a_cache(self):
        self.move(self.new, pickle.loads(pickle.dumps(self.row)))
        self.assertEqual(self.doctors(), {self.old, self.new})

    def assert_all_told(self):
        (heard,) = self.told()
        self.assertIn("records.appointment:*", heard)

    def test_a_move_from_what_was_never_loaded(self):
        self.move(self.new, Appointment.objects.defer("doctor").get(pk=self.row.pk))
        self.assert_all_told()

    def test_a_row_that_is_overwritten_unread(self):
        values = Appointment.objects.values().get(pk=self.row.pk)
        self.move(self.new, Appointment(**values))
        self.assert_all_told()


class ExplicitTests(WriteTestCase):
    def test_a_model_is_all_its_rows(self):
        Doctor.objects.update(specialty="x")
        invalidate(Doctor)
        self.assertEqual(self.told(), [{"records.doctor", "records.doctor:*"}])

    def test_rows_and_names_with_the_transaction(self):
        doctor = self.make(make_doctor)
        with transaction.atomic():
            invalidate(doctor, "rates", Patient)
            self.assertEqual(self.told(), [])
        (heard,) = self.told()
        self.assertLessEqual(
            {"rates", f"records.doctor:{doctor.pk}", "records.patient:*"}, heard
        )
        with transaction.atomic():
            invalidate(doctor)
            transaction.set_rollback(True)
        self.assertEqual(self.told(), [])

    def test_a_name_that_cannot_be_one_is_refused_at_once(self):
        with self.assertRaises(ValueError):
            invalidate("two\nlines")

    def test_very_many_names_come_in_parts_that_the_door_reads(self):
        names = {f"name {number} {'x' * 200}" for number in range(600)}
        invalidate(*names)
        heard = self.told()
        self.assertEqual(set().union(*heard), names)
        self.assertEqual(len(heard), 3)


@VIEWS
class RequestTests(WriteTestCase):
    def setUp(self):
        super().setUp()
        self.doctor = self.make(make_doctor)
        self.row = f"records.doctor:{self.doctor.pk}"
        self.names = {
            "records.doctor",
            self.row,
            f"records.doctor:department={self.doctor.department_id}",
        }

    def post(self, view: str, key: bool = True, **extra):
        self.client.raise_request_exception = False
        return self.client.post(f"/{view}/{self.doctor.pk}/" if key else f"/{view}/", **extra)

    def test_through_the_proxy_the_response_tells(self):
        self.assertEqual(ended(self.post("move", **THROUGH_PROXY)), self.names)
        self.assertEqual(self.told(), [])

    def test_past_the_proxy_the_door_hears(self):
        for extra in ({}, {"HTTP_VIA": "1.1 edge"}, {"HTTP_VIA": "sidecache"}):
            self.assertNotIn("Cache-Group-Invalidation", self.post("move", **extra))
            self.assertEqual(self.told(), [self.names])

    def test_without_a_door_the_response_tells_whoever_hears_it(self):
        with sidecache():
            self.assertEqual(ended(self.post("move")), self.names)

    def test_a_header_that_would_not_count_everywhere_is_not_relied_upon(self):
        door = self.door.address
        for settings in ({"ADMIN": door, "VIA": None}, {"ADMIN": [door, door]}):
            with sidecache(**settings):
                self.assertEqual(ended(self.post("move", **THROUGH_PROXY)), set())
            self.assertEqual(self.told()[0], self.names)

    def test_a_write_in_a_safe_request_is_told_at_the_door(self):
        response = self.client.get(f"/move/{self.doctor.pk}/", **THROUGH_PROXY)
        self.assertEqual(ended(response), set())
        self.assertEqual(self.told(), [self.names])

    def test_a_request_that_is_rolled_back_tells_nothing(self):
        self.assertEqual(ended(self.post("undo", **THROUGH_PROXY)), set())
        with self.assertLogs("django.request", "ERROR"):
            self.assertEqual(ended(self.post("fail", **THROUGH_PROXY)), set())
        self.assertEqual(self.told(), [])
        self.assertEqual(ended(self.post("move", **THROUGH_PROXY)), self.names)

    def test_a_500_after_the_commit_tells_what_was_committed(self):
        with self.assertLogs("django.request", "ERROR"):
            response = self.post("fail_late", **THROUGH_PROXY)
        self.assertEqual((response.status_code, ended(response)), (500, self.names))

    def test_over_the_limit_models_stand_for_their_rows(self):
        self.assertEqual(
            ended(self.post("many", key=False, **THROUGH_PROXY)),
            {
                "records.doctor",
                "records.doctor:*",
                "records.department",
                "records.department:*",
            },
        )

    def test_one_request_says_nothing_of_another(self):
        self.post("move", **THROUGH_PROXY)
        self.assertEqual(ended(self.client.post("/declared/", **THROUGH_PROXY)), set())
        self.assertEqual(connection.execute_wrappers, [])
