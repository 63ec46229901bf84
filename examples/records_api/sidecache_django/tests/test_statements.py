"""What Django's own SQL is understood to depend on."""

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, Q
from django.test import TestCase

from records.models import Appointment, Department, Doctor, Patient
from sidecache_django import scope
from sidecache_django.statements import understand

DEPARTMENT, DOCTOR = "records.department", "records.doctor"
PATIENT, APPOINTMENT = "records.patient", "records.appointment"


class StatementTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.department = Department.objects.create(pk=7, name="A", location="B")
        cls.doctor = Doctor.objects.create(
            pk=5, department=cls.department, first_name="C", last_name="D", email="e@x.example"
        )
        cls.patient = Patient.objects.create(
            pk=8, primary_doctor=cls.doctor, birth_date="2000-01-01", first_name="P"
        )

    def assert_shown(self, read, *wanted: str):
        opened = scope.Scope(changes_by_header=False)
        with opened.open():
            read()
        self.assertEqual(opened.shown.named(100), sorted(wanted))

    def one(self, label: str, *members) -> list[str]:
        return [f"{label}:*", *(f"{label}:{member}" for member in members)]

    def test_a_row_by_its_key(self):
        self.assert_shown(lambda: Doctor.objects.get(pk=5), *self.one(DOCTOR, 5))
        active = Doctor.objects.filter(active=True)
        self.assert_shown(lambda: active.get(pk=5), *self.one(DOCTOR, 5))
        self.assert_shown(lambda: list(Doctor.objects.in_bulk([5, 6])), *self.one(DOCTOR, 5, 6))

    def test_a_row_that_is_not_there(self):
        self.assert_shown(lambda: Doctor.objects.filter(pk=99).first(), *self.one(DOCTOR, 99))
        self.assert_shown(lambda: Doctor.objects.filter(pk=99).exists(), *self.one(DOCTOR, 99))

    def test_values_without_an_instance(self):
        read = Doctor.objects.filter(pk=5).values_list("email", flat=True).get
        self.assert_shown(read, *self.one(DOCTOR, 5))

    def test_a_related_row_read_on_the_way(self):
        patients = Patient.objects.filter(pk=8)
        wanted = self.one(PATIENT, 8) + self.one(DOCTOR, 5)
        self.assert_shown(lambda: str(patients.get().primary_doctor), *wanted)
        self.assert_shown(lambda: str(patients.select_related("primary_doctor").get()), *wanted)
        self.assert_shown(lambda: list(patients.prefetch_related("primary_doctor")), *wanted)
        wanted += self.one(DEPARTMENT, 7)
        self.assert_shown(patients.select_related("primary_doctor__department").get, *wanted)

    def test_a_list(self):
        wanted = [DOCTOR, f"{DOCTOR}:5"]
        self.assert_shown(lambda: list(Doctor.objects.all()), *wanted)
        self.assert_shown(lambda: list(Doctor.objects.all()[:1]), *wanted)
        self.assert_shown(
            lambda: list(Doctor.objects.select_related("department")),
            *wanted,
            *self.one(DEPARTMENT, 7),
        )
        self.assert_shown(Doctor.objects.count, DOCTOR)
        self.assert_shown(lambda: list(Doctor.objects.filter(email="nobody")), DOCTOR)
        self.assert_shown(lambda: list(Doctor.objects.none()))

    def test_a_table_that_filters_or_orders_counts_whole(self):
        for read in (
            Doctor.objects.filter(pk=5, department__name="A"),
            Doctor.objects.filter(pk=5).select_related("department").filter(department__name="A"),
            Doctor.objects.filter(pk=5).select_related("department").order_by("department__name"),
        ):
            opened = scope.Scope(changes_by_header=False)
            with opened.open():
                list(read)
            self.assertIn(DEPARTMENT, opened.shown.named(100), str(read.query))

    def test_a_joined_value_without_its_row_counts_whole(self):
        read = Doctor.objects.filter(pk=5).annotate(name=F("department__name")).get
        self.assert_shown(read, *self.one(DOCTOR, 5), DEPARTMENT)
        read = Doctor.objects.filter(pk=5).values("department__pk", "department__name").get
        self.assert_shown(read, *self.one(DOCTOR, 5), DEPARTMENT)
        read = Doctor.objects.filter(pk=5).values("patients__id").get
        self.assert_shown(read, *self.one(DOCTOR, 5), PATIENT)

    def test_the_rows_of_one_relation(self):
        relation = self.one(APPOINTMENT, "doctor=5")
        self.assert_shown(lambda: Appointment.objects.filter(doctor=5).count(), *relation)
        self.assert_shown(lambda: list(self.doctor.appointments.filter(status="x")), *relation)
        self.assert_shown(
            lambda: list(Appointment.objects.filter(doctor__in=[5, 6]).values("reason")),
            *relation,
            f"{APPOINTMENT}:doctor=6",
        )
        read = Doctor.objects.filter(department=7).prefetch_related("patients")
        self.assert_shown(
            lambda: list(read),
            *self.one(DOCTOR, 5, "department=7"),
            *self.one(PATIENT, 8, "primary_doctor=5"),
        )

    def test_conditions_of_which_one_need_not_hold(self):
        for wrong in (
            Q(pk=5) | Q(email="x"),
            ~Q(pk=5),
            Q(pk__gt=5),
            Q(pk__isnull=False),
            Q(email="x") & (Q(doctor_key=5) | Q(pk=5)),
            Q(email="x", pk=5, specialty="y") | Q(email="z"),
        ):
            with self.subTest(str(wrong)):
                read = Doctor.objects.annotate(doctor_key=F("pk")).filter(wrong)
                self.assert_shown(lambda: list(read.values_list("email")), DOCTOR)

    def test_subqueries_and_aggregates_over_joins(self):
        exists = Exists(Patient.objects.filter(primary_doctor=OuterRef("pk")))
        self.assert_shown(Doctor.objects.filter(exists, pk=5).count, DOCTOR, PATIENT)
        read = Doctor.objects.filter(pk=5).annotate(patient_count=Count("patients")).get
        self.assert_shown(read, *self.one(DOCTOR, 5), PATIENT)
        read = Doctor.objects.filter(department=Department.objects.order_by("name")[:1])
        self.assert_shown(read.count, DOCTOR, DEPARTMENT)
        union = Doctor.objects.order_by().filter(pk=5)
        self.assert_shown(lambda: list(union.union(union)), DOCTOR, f"{DOCTOR}:5")

    def test_a_self_join_counts_whole(self):
        read = Doctor.objects.filter(pk=5, department__doctors__email="x").count
        self.assert_shown(read, DOCTOR, f"{DOCTOR}:5", DEPARTMENT)

    def test_parameters_before_the_condition(self):
        read = Doctor.objects.filter(email__icontains="100%", first_name="a", pk=5)
        read = read.annotate(x=Count("pk", filter=Q(email="y")))
        self.assert_shown(read.first, *self.one(DOCTOR, 5))

    def test_a_converted_column_is_not_the_column(self):
        for column in ('UPPER("records_doctor"."id"::text)', 'LOWER("records_doctor"."id")'):
            sql = f'SELECT "records_doctor"."email" FROM "records_doctor" WHERE {column} = %s'
            self.assertEqual(understand(sql).listed, {"records_doctor"})
            self.assertIsNone(understand(sql).pin)
            pinned = understand(f'{sql} AND "records_doctor"."id" = %s')
            self.assertEqual(pinned.pin, ("records_doctor", "id", 1, 1))

    def test_links(self):
        user = User.objects.create(username="u")
        self.assert_shown(lambda: list(user.groups.all()), "auth.group", "auth.user_groups")

    def test_sql_by_hand(self):
        mentioned = "select count(*) from records_doctor d, records_patient"
        self.assertEqual(understand(mentioned).listed, {"records_doctor", "records_patient"})
        self.assertFalse(understand("SELECT 1 FROM records_doctors_old").listed)
        for item, is_shown in (("{}", True), ("COALESCE(1, {}, 2)", False), ("{} + 1", False)):
            found = understand(
                f"""SELECT 1, {item.format('"records_department"."id"')} FROM "records_doctor" """
                'INNER JOIN "records_department" ON '
                '("records_doctor"."department_id" = "records_department"."id") '
                'WHERE "records_doctor"."id" = %s'
            )
            self.assertEqual(found.listed, set() if is_shown else {"records_department"})
            self.assertEqual(found.pin, ("records_doctor", "id", 0, 1))
        self.assertFalse(understand('UPDATE "records_doctor" SET "active" = %s').listed)
        read = Doctor.objects.raw('SELECT * FROM "records_doctor" WHERE "records_doctor"."id" = 5')
        self.assert_shown(lambda: list(read), DOCTOR, f"{DOCTOR}:5")

    def test_parameters_that_cannot_be_told_apart(self):
        sql = 'SELECT "email" FROM "records_doctor" WHERE "records_doctor"."id" = %s'
        for params, many in ((None, False), ((5, 6), False), ([(5,)], True), (("five",), False)):
            with self.subTest(params):
                opened = scope.Scope(changes_by_header=False)
                opened.note_statement(sql, params, many)
                self.assertEqual(opened.shown.named(9), [DOCTOR])

    def test_what_is_ignored(self):
        self.client.force_login(User.objects.create(username="u"))
        opened = scope.Scope(changes_by_header=False)
        with opened.open():
            self.client.session.get("x")
        self.assertEqual(opened.shown.named(100), [])

    def test_outside_of_a_scope_nothing_is_collected(self):
        opened = scope.Scope(changes_by_header=False)
        with opened.open():
            self.assertIs(scope.current(), opened)
        Doctor.objects.get(pk=5)
        self.assertIsNone(scope.current())
        self.assertEqual(opened.shown.named(100), [])
