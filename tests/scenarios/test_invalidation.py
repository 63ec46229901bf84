"""What a write ends, and what it leaves (CONSISTENCY 1.2)."""

import unittest

from harness import DROP, Scenario, head, ok, respond

FRESH = ("Cache-Control", "max-age=600")
UUID = "0b9f3a52-8a5e-4f6b-9c1d-2e3f4a5b6c7d"


class Writes(Scenario):
    def store(self, *targets, fields=(), status=200):
        for target in targets:
            self.origin.once("GET", target, respond(status, f"old {target}", FRESH, *fields))
            self.client.get(target)
            self.assert_hit(self.client.get(target), f"old {target}")

    def write(self, method, target, status=200, *fields, headers=()):
        self.origin.once(method, target, respond(status, b"", *fields))
        response = self.client.request(method, target, headers, b"{}")
        self.assertEqual(response.status, status)
        return response

    def assert_ended(self, *targets):
        for target in targets:
            self.origin.once("GET", target, ok(b"new", FRESH))
            with self.subTest("ended", target=target):
                response = self.client.get(target)
                self.assert_body(response, 200, b"new")
                self.assertEqual(response.cache_status.detail, "invalidated")

    def assert_left(self, *targets):
        for target in targets:
            with self.subTest("left", target=target):
                self.assert_hit(self.client.get(target))


class AWrite(Writes):
    def test_of_a_row_ends_the_row_and_every_list_of_it(self):
        for method in ("PUT", "PATCH", "DELETE"):
            with self.subTest(method):
                ended = [f"/{method}/doctors/5/", f"/{method}/doctors/", f"/{method}/doctors/?page=2&search=x", f"/{method}/doctors/?page=3", f"/{method}/"]
                left = [f"/{method}/doctors/6/", f"/{method}/patients/", f"/{method}/doctors/50/"]
                self.store(*ended, *left)
                self.write(method, f"/{method}/doctors/5/")
                self.assert_ended(*ended)
                self.assert_left(*left)

    def test_is_counted_once_for_each_request_that_it_makes_go_to_the_origin(self):
        self.store("/doctors/5/", "/doctors/6/")
        self.write("PATCH", "/doctors/5/")
        self.assert_ended("/doctors/5/")
        self.assertEqual(self.proxy.metric("sidecache_reuse_refused_total"), 1)
        self.assert_left("/doctors/5/", "/doctors/6/")
        self.assertEqual(self.proxy.metric("sidecache_reuse_refused_total"), 1)

    def test_of_a_row_ends_all_below_it(self):
        self.store("/doctors/5/stats/", "/doctors/5/appointments/7/", "/doctors/5/appointments/?day=1", "/doctors/6/stats/")
        self.write("PATCH", "/doctors/5/")
        self.assert_ended("/doctors/5/stats/", "/doctors/5/appointments/7/", "/doctors/5/appointments/?day=1")
        self.assert_left("/doctors/6/stats/")

    def test_below_a_row_ends_the_row_and_all_below_it(self):
        self.store("/doctors/5/", "/doctors/5/stats/", "/doctors/", "/doctors/6/")
        self.write("PATCH", "/doctors/5/address/")
        self.assert_ended("/doctors/5/", "/doctors/5/stats/", "/doctors/")
        self.assert_left("/doctors/6/")

    def test_of_an_action_on_a_row_ends_all_below_the_row(self):
        self.store("/doctors/5/", "/doctors/5/stats/", "/doctors/6/")
        self.write("POST", "/doctors/5/activate/")
        self.assert_ended("/doctors/5/", "/doctors/5/stats/")
        self.assert_left("/doctors/6/")

    def test_of_a_row_named_by_a_uuid_ends_all_below_it(self):
        self.store(f"/jobs/{UUID}/", f"/jobs/{UUID}/log/", "/jobs/")
        self.write("POST", f"/jobs/{UUID}/cancel/")
        self.assert_ended(f"/jobs/{UUID}/", f"/jobs/{UUID}/log/", "/jobs/")

    def test_that_makes_a_row_ends_the_lists_and_leaves_the_other_rows(self):
        self.store("/doctors/", "/doctors/?page=2", "/doctors/5/")
        self.write("POST", "/doctors/", 201)
        self.assert_ended("/doctors/", "/doctors/?page=2")
        self.assert_left("/doctors/5/")

    def test_that_makes_a_row_ends_its_404(self):
        """Without Location, which DRF sends only with a `url` field (S10)."""
        self.store("/doctors/9/", status=404)
        self.write("POST", "/doctors/", 201)
        self.assert_ended("/doctors/9/")

    def test_in_bulk_ends_the_rows_beside_it(self):
        self.store("/api/doctors/7/", "/api/doctors/", "/api/patients/")
        self.write("POST", "/api/doctors/bulk/")
        self.assert_ended("/api/doctors/7/", "/api/doctors/")
        self.assert_left("/api/patients/")

    def test_at_the_base_of_the_api_does_not_end_everything(self):
        self.store("/api/doctors/5/", "/api/doctors/")
        self.write("POST", "/api/login/")
        self.assert_left("/api/doctors/5/", "/api/doctors/")

    def test_by_another_name_of_the_host_ends_the_same(self):
        """Groups are of the configured space, whatever a client calls it (S13)."""
        for row, host in enumerate(("records.test", "127.0.0.1:8080")):
            target = f"/doctors/{row}/"
            self.store(target)
            self.origin.once("PATCH", target, ok(b"{}"))
            self.assertEqual(self.client.request("PATCH", target, body=b"{}", host=host).status, 200)
            self.assert_ended(target)

    def test_with_an_unknown_method_counts_as_a_write(self):
        self.store("/doctors/5/", "/doctors/")
        self.write("REPLACE", "/doctors/5/")
        self.assert_ended("/doctors/5/", "/doctors/")

    def test_without_content_counts(self):
        self.store("/doctors/5/")
        self.origin.once("DELETE", "/doctors/5/", respond(204))
        self.assertEqual(self.client.delete("/doctors/5/").status, 204)
        self.assert_ended("/doctors/5/")

    def test_ends_what_its_location_names(self):
        self.store("/exports/7/", "/exports/7/log/", "/other/8/", "/exports/")
        self.write("POST", "/reports/", 201, ("Location", "http://test/exports/7/"), ("Content-Location", "../other/8/"))
        self.assert_ended("/exports/7/", "/exports/7/log/", "/other/8/")

    def test_ends_what_its_location_or_content_location_names_whatever_its_method(self):
        """RFC 9111 4.4"""
        for method in ("POST", "PUT", "DELETE", "M-SEARCH"):
            for field in ("Location", "Content-Location"):
                with self.subTest(method, field=field):
                    target = f"/{method}/{field}/"
                    self.store(target)
                    self.write(method, "/reports/7/", 200, (field, target))
                    self.assert_ended(target)

    def test_does_not_end_what_a_location_elsewhere_names(self):
        self.store("/exports/7/")
        self.write("POST", "/reports/", 201, ("Location", "http://elsewhere.example/exports/7/"))
        self.assert_left("/exports/7/")

    def test_ends_the_groups_that_its_answer_names(self):
        self.store("/statistics/", fields=[("Cache-Groups", '"staff", "rooms"')])
        self.store("/rooms/", fields=[("Cache-Groups", '"rooms"')])
        self.write("PATCH", "/doctors/5/", 200, ("Cache-Group-Invalidation", '"staff"'))
        self.assert_ended("/statistics/")
        self.assert_left("/rooms/")

    def test_with_a_query_ends_the_same(self):
        self.store("/doctors/5/", "/doctors/")
        self.write("PATCH", "/doctors/5/?notify=no")
        self.assert_ended("/doctors/5/", "/doctors/")

    def test_with_more_groups_than_may_be_named_ends_everything(self):
        self.store("/elsewhere/")
        self.write("PATCH", "/doctors/5/", 200, ("Cache-Group-Invalidation", ", ".join(f'"g{number}"' for number in range(100))))
        self.assert_ended("/elsewhere/")

    def test_with_a_group_field_that_cannot_be_read_ends_everything(self):
        self.store("/elsewhere/")
        self.write("PATCH", "/doctors/5/", 200, ("Cache-Group-Invalidation", '"a'))
        self.assert_ended("/elsewhere/")

    def test_of_a_path_that_is_too_deep_to_name_ends_everything(self):
        self.store("/elsewhere/")
        self.write("PATCH", "/a" * 100 + "/")
        self.assert_ended("/elsewhere/")

    def test_of_a_path_that_cannot_be_read_ends_everything(self):
        self.store("/elsewhere/")
        self.write("PATCH", "/a%zz/")
        self.assert_ended("/elsewhere/")

    def test_that_names_groups_in_a_get_ends_nothing(self):
        self.store("/statistics/", fields=[("Cache-Groups", '"staff"')])
        self.origin.once("GET", "/other/", ok(b"", ("Cache-Group-Invalidation", '"staff"')))
        self.client.get("/other/")
        self.assert_left("/statistics/")


class Spellings(Writes):
    """One row, however it is written (S12)."""

    def test_of_what_was_read_do_not_matter(self):
        for target in ("/doctors/5", "/doctors/5.json", "/doctors/5/?format=json", "/doctors;v=1/5/", "/doctors%2F5/"):
            with self.subTest(target):
                self.store(target)
                self.write("PATCH", "/doctors/5/")
                self.assert_ended(target)
                self.write("PATCH", "/")

    def test_of_what_is_written_do_not_matter(self):
        for target in ("/doctors/5", "/doctors/5.json", "//doctors/5/", "/doctors//5/", "/doctors%2F5/", "/doctors/5;v=1/"):
            with self.subTest(target):
                self.store("/doctors/5/", "/doctors/")
                self.write("PATCH", target)
                self.assert_ended("/doctors/5/", "/doctors/")
                self.write("PATCH", "/")

    def test_with_dot_segments_or_escapes_are_one_with_what_they_mean(self):
        """To the origin as well, which gets them resolved."""
        for target in ("/x/../doctors/5/", "/doctors/./5/", "/doctors/x/%2e%2E/5/", "/%64octors/5/", "/doctors/%35/"):
            with self.subTest(target):
                self.store("/doctors/5/")
                self.assert_hit(self.client.get(target), "old /doctors/5/")
                self.origin.once("PATCH", "/doctors/5/", respond(200, b""))
                self.assertEqual(self.client.patch(target).status, 200)
                self.assert_ended("/doctors/5/")
                self.write("PATCH", "/")

    def test_with_doubled_slashes_are_read_and_ended(self):
        for target in ("//doctors/5/", "/doctors//5/"):
            with self.subTest(target):
                self.origin.once("GET", target, ok(b"old", FRESH))
                self.client.get(target)
                self.write("PATCH", "/doctors/5/")
                self.origin.once("GET", target, ok(b"new", FRESH))
                self.assert_body(self.client.get(target), 200, b"new")


class TheStatusOfTheAnswer(Writes):
    def test_4xx_ends_nothing(self):
        self.store("/doctors/5/", "/doctors/", "/doctors/5/stats/")
        for status in (400, 401, 403, 405, 409, 415, 422, 429):
            self.write("PATCH", "/doctors/5/", status)
        self.assert_left("/doctors/5/", "/doctors/", "/doctors/5/stats/")

    def test_404_410_and_412_end_the_row_alone(self):
        for status in (404, 410, 412):
            with self.subTest(status):
                self.store("/doctors/5/", "/doctors/")
                self.write("PATCH", "/doctors/5/", status)
                self.assert_ended("/doctors/5/")
                self.assert_left("/doctors/")
                self.write("PATCH", "/")

    def test_2xx_3xx_and_5xx_end_what_the_write_names(self):
        for status in (200, 201, 204, 303, 500, 503):
            with self.subTest(status):
                target = f"/of{status}/5/"
                self.store(target)
                self.write("PUT", target, status)
                self.assert_ended(target)

    def test_202_and_504_of_the_origin_hold_it_as_well(self):
        for status in (202, 502, 504):
            with self.subTest(status):
                target = f"/of{status}/5/"
                self.store(target)
                self.write("PUT", target, status)
                for body in ("new", "newer"):
                    self.origin.once("GET", target, ok(body, FRESH))
                    response = self.client.get(target)
                    self.assert_body(response, 200, body)
                    self.assertFalse(response.cache_status.stored)


class FailedWritesThatAreKept(Writes):
    arguments = ("--set", "writes.failed=keep")

    def test_end_nothing(self):
        self.store("/doctors/5/")
        self.write("PUT", "/doctors/5/", 500)
        self.assert_left("/doctors/5/")


class ErrorsThatAreKept(Writes):
    """`writes: {absent: keep}`: RFC 9111's minimum."""

    arguments = ("--set", "writes.absent=keep")

    def test_outlive_writes_of_other_paths(self):
        self.store("/doctors/9/", "/patients/1/", status=404)
        self.store("/gone/", status=410)
        self.write("POST", "/doctors/", 201)
        self.write("PUT", "/config/1/", 201)
        self.assert_left("/doctors/9/", "/patients/1/", "/gone/")

    def test_end_with_a_write_that_names_their_own_path_or_tree(self):
        self.store("/doctors/9/", "/doctors/8/stats/", "/doctors/7/", status=404)
        self.write("PUT", "/doctors/9/", 201)
        self.write("PATCH", "/doctors/8/")
        self.write("POST", "/doctors/", 201, ("Location", "/doctors/7/"))
        self.assert_ended("/doctors/9/", "/doctors/8/stats/", "/doctors/7/")


class WritesPastTheCache(Writes):
    config = "routes:\n  - {path: '/quiet/{rest...}', cache: off}\n"

    def test_end_what_they_name_all_the_same(self):
        self.store("/statistics/", fields=[("Cache-Groups", '"g"')])
        self.store("/")
        self.write("POST", "/quiet/5/", 200, ("Cache-Group-Invalidation", '"g"'))
        self.assert_ended("/statistics/", "/")


class OverrideFields(Writes):
    def test_are_dropped(self):
        """Otherwise the origin would do another thing than we judged (S19)."""
        fields = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
        for method in ("POST", "GET"):
            for field in fields:
                with self.subTest(field, method=method):
                    self.origin.once(method, f"/{field}/", ok(b"", ("Cache-Control", "no-store")))
                    self.client.request(method, f"/{field}/", {field: "DELETE"}, None if method == "GET" else b"{}")
                    self.assertIsNone(self.origin.last().header(field))


class OverrideFieldsOfARoute(Writes):
    """The application obeys them there (CONSISTENCY 1.2)."""

    config = """
routes:
  - {path: "/legacy/{rest...}", method_override: [X-HTTP-Method-Override]}
writes: {rules: [{path: "/legacy/{id}/", methods: [DELETE], groups: [staff]}, {path: /legacy/search/, safe: true}]}
"""
    deletes = {"X-HTTP-Method-Override": "DELETE"}

    def test_go_along_and_make_a_write_of_a_get(self):
        self.store("/legacy/5/", "/legacy/5/stats/", "/legacy/")
        self.write("GET", "/legacy/5/", 200, FRESH, headers=self.deletes)
        self.assertEqual(self.origin.last().header("x-http-method-override"), "DELETE")
        self.assert_ended("/legacy/5/", "/legacy/5/stats/", "/legacy/")

    def test_name_as_the_method_that_they_tell_too(self):
        self.store("/legacy/5/stats/")
        self.store("/statistics/", fields=[("Cache-Groups", '"staff"')])
        self.write("POST", "/legacy/5/", 201, headers=self.deletes)
        self.assert_ended("/legacy/5/stats/", "/statistics/")

    def test_leave_nothing_of_what_is_declared_safe(self):
        self.store("/legacy/search/")
        self.write("POST", "/legacy/search/", 200)
        self.assert_left("/legacy/search/")
        self.write("POST", "/legacy/search/", 200, headers=self.deletes)
        self.assert_ended("/legacy/search/")

    def test_are_never_sent_twice(self):
        self.write("GET", "/legacy/5/", 200, ("Cache-Control", "no-store"))
        self.origin.once("GET", "/legacy/5/", DROP)
        self.assertEqual(self.client.request("GET", "/legacy/5/", self.deletes).status, 502)
        self.assertEqual(self.origin.count("GET"), 2)

    def test_are_dropped_where_the_route_does_not_name_them(self):
        for target, field in (("/legacy/5/", "X-HTTP-Method"), ("/other/5/", "X-HTTP-Method-Override")):
            self.origin.once("GET", target, ok(b"", FRESH))
            self.client.request("GET", target, {field: "DELETE"})
            self.assertIsNone(self.origin.last().header(field))

    def test_with_underscores_are_refused(self):
        """WSGI would read them as those with hyphens."""
        for target in ("/legacy/5/", "/other/5/"):
            self.assertEqual(self.client.request("POST", target, {"X_HTTP_Method_Override": "DELETE"}, b"{}").status, 400)


class AnAnswerThatIsLate(Writes):
    def test_ends_what_was_stored_while_the_write_was_under_way(self):
        gate = self.origin.gate()
        self.origin.once("PATCH", "/doctors/5/", [gate, ok(b"{}")])
        writing = self.in_background(self.client.patch, "/doctors/5/")
        gate.wait_for_arrivals()
        self.store("/doctors/5/")  # either is right while the write has no answer
        gate.open()
        self.assertEqual(writing.result().status, 200)
        self.assert_ended("/doctors/5/")

    def test_that_drips_ends_what_was_stored_before_its_last_byte(self):
        """The origin may commit as late as with the last byte (S16)."""
        for name, begin, end in (
            ("length", head(200, ("Content-Length", 4)) + b"{\"a", b"\""),
            ("chunks", head(200, ("Transfer-Encoding", "chunked")) + b"2\r\n{}\r\n", b"0\r\n\r\n"),
        ):
            with self.subTest(name):
                target = f"/{name}/5/"
                self.store(target)
                gate = self.origin.gate()
                self.origin.once("PATCH", target, [begin, gate, end])
                with self.client.connect() as writer:
                    writer.send_request("PATCH", target, body=b"{}")
                    answer = writer.begin_response()
                    answer.read(2)
                    self.assert_ended(target)  # and stored again, with what may be the old row still
                    self.assert_left(target)
                    gate.open()
                    self.assertTrue(answer.finish().is_complete)
                self.assert_ended(target)

    def test_that_ends_with_the_connection_ends_what_was_stored_before(self):
        self.store("/doctors/5/")
        gate = self.origin.gate()
        self.origin.once("PATCH", "/doctors/5/", [head(200, ("Connection", "close")) + b"{}", gate, lambda exchange: exchange.close()])
        with self.client.connect() as writer:
            writer.send_request("PATCH", "/doctors/5/", body=b"{}")
            answer = writer.begin_response()
            answer.read(2)
            self.assert_ended("/doctors/5/")
            gate.open()
            self.assertTrue(answer.finish().is_complete)
        self.assert_ended("/doctors/5/")

    def test_to_an_upload_that_still_flows_ends_what_was_stored_before_its_end(self):
        self.store("/doctors/5/")
        gate = self.origin.gate()

        def early_answer(exchange):
            exchange.read_piece()
            exchange.send(head(200, ("Content-Length", 2)) + b"{")
            exchange.read_body()
            exchange.play([gate, b"}"])

        self.origin.once("PUT", "/doctors/5/", early_answer, read_body=False)
        with self.client.connect() as writer:
            writer.send(b"PUT /doctors/5/ HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345")
            answer = writer.begin_response()
            answer.read(1)
            self.assert_ended("/doctors/5/")
            writer.send(b"67890")
            gate.open()
            self.assertTrue(answer.finish().is_complete)
        self.assert_ended("/doctors/5/")


if __name__ == "__main__":
    unittest.main()
