"""Names of groups, and the fields that carry them."""

from uuid import UUID

from django.contrib.auth.models import Group, User
from django.db import models
from django.test import SimpleTestCase
from rest_framework.authtoken.models import Token

from records.models import Doctor
from sidecache_django import group_of, naming
from sidecache_django.groups import MEMBER_LIMIT, Changed, Shown


class NameTests(SimpleTestCase):
    def test_a_row_and_a_model(self):
        self.assertEqual(group_of(Doctor(pk=5)), "records.doctor:5")
        self.assertEqual(group_of(Doctor(pk="5")), "records.doctor:5")
        self.assertEqual(group_of(Doctor), "records.doctor")

    def test_a_key_that_may_be_a_secret_or_anything_is_digested(self):
        name = group_of(Token(key="secret"))
        self.assertRegex(name, r"^authtoken\.token:[0-9a-f]{32}$")
        self.assertNotEqual(name, group_of(Token(key="other")))

    def test_a_uuid_is_the_same_as_a_value_and_as_a_parameter(self):
        field = models.UUIDField()
        value = UUID("6f1cdbd4-9f25-4d1c-8f3e-3f6a3a3e7d11")
        for form in (value, value.hex, str(value)):
            self.assertEqual(naming.member(field, form), str(value))

    def test_a_proxy_model_has_the_name_of_its_table(self):
        class Surgeon(Doctor):
            class Meta:
                app_label = "records"
                proxy = True

        self.addCleanup(Doctor._meta.apps.all_models["records"].pop, "surgeon")
        self.assertEqual(group_of(Surgeon(pk=5)), "records.doctor:5")

    def test_tables_of_links_have_a_model(self):
        self.assertIs(naming.models_by_table()["auth_user_groups"], User.groups.through)
        self.assertEqual(naming.label_of(Group), "auth.group")


class FieldTests(SimpleTestCase):
    def test_strings_are_quoted(self):
        self.assertEqual(naming.string_list(["a", 'b"c', "d\\e"]), r'"a", "b\"c", "d\\e"')

    def test_what_no_field_can_carry_is_refused(self):
        for name in ("", "a\r\nb", "ä", "x" * 257):
            with self.subTest(name), self.assertRaises(ValueError):
                Shown().add_name(name)


class ShownTests(SimpleTestCase):
    def make(self, doctors: int) -> Shown:
        shown = Shown()
        shown.add_list("records.doctor")
        for number in range(doctors):
            shown.add_member("records.doctor", str(number))
        shown.add_member("records.department", "1")
        return shown

    def test_all_are_named_up_to_the_limit(self):
        self.assertEqual(
            self.make(2).named(5),
            ["records.department:*", "records.department:1"]
            + ["records.doctor", "records.doctor:0", "records.doctor:1"],
        )

    def test_over_the_limit_the_model_of_most_rows_stands_for_them(self):
        self.assertEqual(
            self.make(2).named(4),
            ["records.department:*", "records.department:1", "records.doctor"],
        )
        self.assertEqual(self.make(2).named(2), ["records.department", "records.doctor"])

    def test_names_are_never_left_out(self):
        shown = self.make(2)
        for name in "abc":
            shown.add_name(name)
        self.assertEqual(
            shown.named(2), ["a", "b", "c", "records.department", "records.doctor"]
        )

    def test_it_does_not_grow_without_end(self):
        shown = self.make(MEMBER_LIMIT + 50)
        self.assertEqual(
            shown.named(10_000),
            ["records.department:*", "records.department:1", "records.doctor"],
        )


class ChangedTests(SimpleTestCase):
    def make(self, doctors: int) -> Changed:
        changed = Changed()
        for number in range(doctors):
            changed.add_member("records.doctor", str(number))
        return changed

    def test_a_row_is_named_with_its_model(self):
        self.assertEqual(self.make(1).named(9), ["records.doctor", "records.doctor:0"])

    def test_over_the_limit_whatever_shows_any_is_named(self):
        self.assertEqual(self.make(3).named(3), ["records.doctor", "records.doctor:*"])
        self.assertEqual(
            self.make(MEMBER_LIMIT + 1).named(10_000), ["records.doctor", "records.doctor:*"]
        )

    def test_whatever_is_shown_is_ended_by_each_write_of_it(self):
        """Every pair of fine and coarse has a name in common."""
        for shown_limit in (2, 100):
            for changed_limit in (2, 100):
                shown = Shown()
                for number in range(5):
                    shown.add_member("records.doctor", str(number))
                named = set(shown.named(shown_limit))
                self.assertTrue(named & set(self.make(5).named(changed_limit)))

    def test_together(self):
        one, other = self.make(1), Changed()
        other.add_coarse("records.doctor")
        other.add_name("rates")
        one.update(other)
        self.assertEqual(one.named(9), ["rates", "records.doctor", "records.doctor:*"])
        self.assertFalse(Changed())
        self.assertTrue(one)
