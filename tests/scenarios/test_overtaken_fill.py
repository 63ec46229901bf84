"""A fill that a write overtakes answers who asked before the write, and nobody who asks after it (S2, S3, S8)."""

import unittest

from harness import Scenario, head, http_date, ok

FRESH = ("Cache-Control", "max-age=60")


class AnOvertakenFill(Scenario):
    def held_fill(self, before, after, target="/doctors/5/"):
        """A GET that the origin holds between two steps of its answer."""
        gate = self.origin.gate()
        self.origin.once("GET", target, [before, gate, after])
        connection = self.client.connect()
        self.addCleanup(connection.close)
        connection.send_request("GET", target)
        gate.wait_for_arrivals()
        return connection, gate

    def write(self, target="/doctors/5/", *fields):
        self.origin.once("PATCH", target, ok(b"{}", *fields))
        self.assertEqual(self.client.patch(target).status, 200)

    def held_before_its_head(self):
        return self.held_fill(b"", ok(b"old", FRESH))

    def held_within_its_content(self):
        connection, gate = self.held_fill(head(200, ("Date", http_date()), FRESH, ("Content-Length", 6)) + b"old", b"old")
        begun = connection.begin_response()
        self.assertEqual(begun.read(3), b"old")
        return begun, gate

    def test_held_before_its_head_is_not_waited_for(self):
        before, gate = self.held_before_its_head()
        self.write()
        self.origin.once("GET", "/doctors/5/", ok(b"new", FRESH))
        self.assert_body(self.client.get("/doctors/5/"), 200, b"new")
        self.assert_hit(self.client.get("/doctors/5/"), b"new")
        gate.open()
        self.assert_body(before.read_response(), 200, b"old")
        for _ in range(4):
            self.assert_hit(self.client.get("/doctors/5/"), b"new")
        self.assertGreaterEqual(self.proxy.metric("sidecache_fills_overtaken_total"), 1)

    def test_held_within_its_content_is_not_joined(self):
        before, gate = self.held_within_its_content()
        self.write()
        self.origin.once("GET", "/doctors/5/", ok(b"new", FRESH))
        self.assert_body(self.client.get("/doctors/5/"), 200, b"new")
        gate.open()
        self.assert_body(before.finish(), 200, b"oldold")
        for _ in range(4):
            self.assert_hit(self.client.get("/doctors/5/"), b"new")

    def test_that_ends_before_the_second_one_is_still_not_reused(self):
        for name, hold in (("head", self.held_before_its_head), ("content", self.held_within_its_content)):
            with self.subTest(name):
                before, old_gate = hold()
                self.write()
                reader, new_gate = self.held_fill(b"", ok(b"new", FRESH))
                old_gate.open()
                (before.read_response if name == "head" else before.finish)()
                late = self.in_background(self.client.get, "/doctors/5/")
                self.proxy.wait_for_metric("sidecache_client_connections", 3)
                new_gate.open()
                self.assert_body(reader.read_response(), 200, b"new")
                self.assert_body(late.result(), 200, b"new")
                self.assert_hit(self.client.get("/doctors/5/"), b"new")
                self.write()

    def test_is_joined_no_more_by_a_whole_crowd(self):
        before, gate = self.held_before_its_head()
        self.write()
        reader, second_gate = self.held_fill(b"", ok(b"new", FRESH))
        crowd = [self.in_background(self.client.get, "/doctors/5/") for _ in range(16)]
        self.proxy.wait_for_metric("sidecache_client_connections", 18)
        gate.open()
        second_gate.open()
        self.assert_body(before.read_response(), 200, b"old")
        self.assert_body(reader.read_response(), 200, b"new")
        for each in crowd:
            self.assert_body(each.result(), 200, b"new")
        self.assertEqual(self.origin.count("GET"), 2)

    def test_by_two_writes_is_followed_by_two_fills(self):
        one, first = self.held_before_its_head()
        self.write()
        two, second = self.held_fill(b"", ok(b"between", FRESH))
        self.write()
        self.origin.once("GET", "/doctors/5/", ok(b"new", FRESH))
        self.assert_body(self.client.get("/doctors/5/"), 200, b"new")
        second.open()
        first.open()
        self.assert_body(one.read_response(), 200, b"old")
        self.assert_body(two.read_response(), 200, b"between")
        self.assert_hit(self.client.get("/doctors/5/"), b"new")

    def test_is_not_reused_where_only_its_head_names_the_group(self):
        """The reader joins while nothing tells that the write has to do with it (S2)."""
        before, gate = self.held_fill(b"", ok(b"old", FRESH, ("Cache-Groups", '"staff"')), "/statistics/")
        self.write("/doctors/5/", ("Cache-Group-Invalidation", '"staff"'))
        after = self.client.connect()
        self.addCleanup(after.close)
        after.send_request("GET", "/statistics/")
        self.proxy.wait_for_metric("sidecache_client_connections", 2)
        self.origin.once("GET", "/statistics/", ok(b"new", FRESH, ("Cache-Groups", '"staff"')))
        gate.open()
        self.assert_body(before.read_response(), 200, b"old")
        self.assert_body(after.read_response(), 200, b"new")
        self.assert_hit(self.client.get("/statistics/"), b"new")

    def test_is_not_reused_with_every_kind_of_group_field(self):
        for field, value in (("Surrogate-Key", "staff rooms"), ("Cache-Tag", "rooms,staff"), ("xkey", "staff")):
            with self.subTest(field):
                target = f"/statistics/{field}"
                before, gate = self.held_fill(b"", ok(b"old", FRESH, (field, value)), target)
                self.write("/doctors/5/", ("Cache-Group-Invalidation", '"staff"'))
                self.origin.once("GET", target, ok(b"new", FRESH, (field, value)))
                gate.open()
                self.assert_body(before.read_response(), 200, b"old")
                self.assert_body(self.client.get(target), 200, b"new")
                self.assert_hit(self.client.get(target), b"new")

    def test_of_a_list_is_overtaken_by_a_new_row(self):
        before, gate = self.held_fill(b"", ok(b"[]", FRESH), "/doctors/?page=2")
        self.origin.once("POST", "/doctors/", lambda exchange: exchange.send(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"))
        self.assertEqual(self.client.post("/doctors/").status, 201)
        self.origin.once("GET", "/doctors/?page=2", ok(b"[1]", FRESH))
        self.assert_body(self.client.get("/doctors/?page=2"), 200, b"[1]")
        gate.open()
        self.assert_body(before.read_response(), 200, b"[]")
        self.assert_hit(self.client.get("/doctors/?page=2"), b"[1]")

    def test_out_of_another_cache_is_as_old_as_its_age_says(self):
        """It may be of before the write although it was asked for after it (S23)."""
        self.write()
        self.origin.once("GET", "/doctors/5/", ok(b"of before", ("Age", "30"), FRESH), ok(b"new", FRESH))
        self.assert_body(self.client.get("/doctors/5/"), 200, b"of before")
        self.assert_body(self.client.get("/doctors/5/"), 200, b"new")
        self.assert_hit(self.client.get("/doctors/5/"), b"new")

    def test_by_an_unrelated_write_is_still_joined(self):
        before, gate = self.held_within_its_content()
        self.write("/patients/7/")
        with self.client.connect() as follower:
            follower.send_request("GET", "/doctors/5/")
            begun = follower.begin_response()
            self.assertEqual(begun.read(3), b"old")
            gate.open()
            self.assert_body(begun.finish(), 200, b"oldold")
        self.assert_body(before.finish(), 200, b"oldold")
        self.assertEqual(self.origin.count("GET"), 1)


if __name__ == "__main__":
    unittest.main()
