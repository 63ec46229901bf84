#!/usr/bin/env python3
"""The house is as its plan says; and what departs from a plan is found."""

import sys
import tempfile
import unittest
from pathlib import Path

import floors

CMAKE = """
# 0 knowledge: pure
room(cache/http     LINKS Boost::headers)
room(cache/policy   USES cache/http)

# 1 state
room(cache/memory   USES cache/policy
                    LINKS Boost::headers)

# 2 edges
room(proxy/origin   USES cache/http cache/memory)
room(config         USES cache/http   LINKS yaml-cpp)
"""

FILES = {
    "cache/http/date.hpp": "#include <chrono>\n",
    "cache/http/date.cpp": '#include "cache/http/date.hpp"\n',
    "cache/policy/reuse.hpp": '#include "cache/http/date.hpp"\n',
    "cache/memory/store.hpp": '#include "cache/policy/reuse.hpp"\n#include <boost/intrusive/list.hpp>\n',
    "proxy/origin/pool.hpp": '#include "cache/memory/store.hpp"\n#include <boost/asio/io_context.hpp>\n',
    "config/load.cpp": "#include <yaml-cpp/yaml.h>\n",
    "tests/unit/cache/policy/reuse_test.cpp": '#include "cache/policy/reuse.hpp"\n#include <gtest/gtest.h>\n',
}


class House(unittest.TestCase):
    def test_is_as_its_plan_says(self):
        found = list(floors.complaints())
        self.assertFalse(found, "\n" + "\n".join(found))


class BadHouse(unittest.TestCase):
    """A small house in which everything is right but for one thing."""

    def complaints(self, files=(), cmake=CMAKE, page=None):
        page = page or "```floors\n%s```\n" % floors.read_plan(cmake).text()
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**FILES, **dict(files), "CMakeLists.txt": cmake, "docs/architecture.md": page}.items():
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_text(text)
            return list(floors.complaints(Path(folder)))

    def assert_complaint(self, expected, **house):
        found = self.complaints(**house)
        self.assertEqual(1, len(found), found)
        self.assertIn(expected, found[0])

    def test_nothing_is_found_where_nothing_is_wrong(self):
        self.assertEqual([], self.complaints())

    def test_a_room_that_the_plan_does_not_name_is_not_included(self):
        self.assert_complaint('cache/memory/store.hpp:2: "cache/http/date.hpp": the plan does not say that cache/memory uses cache/http',
                              files={"cache/memory/store.hpp": '#include "cache/policy/reuse.hpp"\n#include "cache/http/date.hpp"\n'})

    def test_no_include_goes_up(self):
        self.assert_complaint('"cache/memory/store.hpp" goes up, from level 0 to level 1',
                              files={"cache/http/date.cpp": '#include "cache/memory/store.hpp"\n'})

    def test_spaces_around_an_include_hide_nothing(self):
        self.assert_complaint("goes up", files={"cache/http/date.cpp": '  #  include   "cache/memory/store.hpp"\n'})

    def test_tests_are_guests_of_their_room(self):
        self.assert_complaint("tests/unit/cache/policy/reuse_test.cpp:1: ",
                              files={"tests/unit/cache/policy/reuse_test.cpp": '#include "cache/memory/store.hpp"\n'})

    def test_a_room_includes_no_tests(self):
        self.assert_complaint("a room includes no tests",
                              files={"cache/http/date.cpp": '#include "tests/unit/cache/http/fields.hpp"\n', "tests/unit/cache/http/fields.hpp": ""})

    def test_paths_are_written_from_the_root(self):
        for header in ("date.hpp", "../http/date.hpp", "cache/policy/../http/date.hpp", "cache/http/dates.hpp"):
            self.assert_complaint('"%s" is no path from the root' % header, files={"cache/http/date.cpp": '#include "%s"\n' % header})

    def test_our_headers_stand_in_quotes(self):
        self.assert_complaint('included as "cache/http/date.hpp"', files={"cache/http/date.cpp": "#include <cache/http/date.hpp>\n"})

    def test_libraries_stay_in_their_rooms(self):
        for header in ("boost/asio/post.hpp", "boost/beast/http/parser.hpp", "yaml-cpp/yaml.h", "prometheus/counter.h", "openssl/evp.h", "xxhash.h", "hiredis/read.h"):
            self.assert_complaint("<%s> may stand in " % header, files={"cache/memory/store.hpp": "#include <%s>\n" % header})

    def test_some_headers_stand_nowhere(self):
        for header in ("boost/asio.hpp", "boost/beast/http.hpp"):
            self.assert_complaint("<%s> may stand nowhere" % header, files={"proxy/origin/pool.hpp": "#include <%s>\n" % header})

    def test_the_longest_rule_of_a_library_decides(self):
        self.assertEqual([], self.complaints(files={"config/load.cpp": "#include <boost/asio/ip/address.hpp>\n"}))
        self.assert_complaint("<boost/asio/post.hpp>", files={"config/load.cpp": "#include <boost/asio/post.hpp>\n"})

    def test_each_folder_with_sources_is_a_room(self):
        self.assert_complaint("cache/redis/link.cpp: its folder is no room", files={"cache/redis/link.cpp": ""})

    def test_a_room_uses_only_what_is_declared_before_it(self):
        self.assert_complaint("cache/http uses cache/memory, which is declared after it",
                              cmake=CMAKE.replace("room(cache/http ", "room(cache/http USES cache/memory "))
        self.assert_complaint("config uses cache/redis, which is no room",
                              cmake=CMAKE.replace("room(config         USES cache/http", "room(config         USES cache/http cache/redis"))

    def test_levels_are_declared_in_order(self):
        self.assert_complaint("from the lowest to the highest", cmake=CMAKE.replace("# 1 state", "# 3 state"))

    def test_the_page_shows_the_same_plan(self):
        self.assert_complaint("has no ```floors block", page="# Architecture\n")
        self.assert_complaint("is not that of CMakeLists.txt", page="```floors\n0 knowledge: pure\n  cache/http:\n```\n")


if __name__ == "__main__":
    sys.exit(unittest.main())
