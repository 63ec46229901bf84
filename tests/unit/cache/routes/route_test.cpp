#include "cache/routes/route.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace sidecache::routes {
namespace {

using namespace std::chrono_literals;

struct MatchCase {
    std::string_view path_template, path;
    bool matches;
};

struct GroupPathCase {
    std::string_view path_template, path;
    std::optional<Variables> variables;
};

// Of paths as groups use them: without end slash and format suffix, escapes decoded.
TEST(PathTemplate, FindsItsVariablesInAnySpelling) {
    const GroupPathCase cases[] = {
        {"/", "/", Variables{}},
        {"/", "/a", std::nullopt},
        {"/api/doctors/", "/api/doctors", Variables{}},
        {"/api/doctors/", "/api/doctorsx", std::nullopt},
        {"/api/doctors/", "/api/doctors/5", std::nullopt},
        {"/api/doctors/{id}/", "/api/doctors/5", Variables{{"id", "5"}}},
        {"/api/doctors/{id}/", "/api/doctors", std::nullopt},
        {"/api/{kind}/{id}/stats/", "/api/doctors/5/stats", Variables{{"kind", "doctors"}, {"id", "5"}}},
        {"/api/{kind}/{id}/stats/", "/api/doctors/5/state", std::nullopt},
        {"/api/{kind}/{id}/stats.json", "/api/doctors/5/stats", Variables{{"kind", "doctors"}, {"id", "5"}}},
        {"/{all...}", "/", Variables{{"all", ""}}},
        {"/{all...}", "/a/b", Variables{{"all", "a/b"}}},
        {"/static/{rest...}", "/static", Variables{{"rest", ""}}},
        {"/{id}/", "/5", Variables{{"id", "5"}}},
        {"/{id}/", "/", std::nullopt},
        {"/a%20b/{id}", "/a b/c d", Variables{{"id", "c d"}}},
        {"/api/v3.json/{rest...}", "/api/v3.json/a", Variables{{"rest", "a"}}},
    };
    for (const auto& each : cases) {
        EXPECT_EQ(PathTemplate(each.path_template).match_group_path(each.path), each.variables) << each.path_template << " " << each.path;
    }
}

TEST(PathTemplate, KnowsWhatAllItsPathsStandBelow) {
    EXPECT_EQ(PathTemplate("/api/doctors/{id}/stats/").group_prefix(), "/api/doctors");
    EXPECT_EQ(PathTemplate("/api/doctors/").group_prefix(), "/api/doctors");
    EXPECT_EQ(PathTemplate("/{rest...}").group_prefix(), "/");
    EXPECT_TRUE(PathTemplate("/a/{b}/{c...}").has_variable("c"));
    EXPECT_FALSE(PathTemplate("/a/{b}/{c...}").has_variable("a"));
}

TEST(PathTemplate, MatchesLiteralsVariablesAndARest) {
    constexpr MatchCase cases[] = {
        {"/", "/", true},
        {"/", "/a", false},
        {"/api/doctors/", "/api/doctors/", true},
        {"/api/doctors/", "/api/doctors", false},  // the end slash counts, as in urls.py
        {"/api/doctors", "/api/doctors/", false},
        {"/api/doctors", "/api/doctors", true},
        {"/api/doctors/", "/api/doctors/5/", false},
        {"/api/doctors/", "/API/doctors/", false},
        {"/api/doctors/{id}/", "/api/doctors/5/", true},
        {"/api/doctors/{id}/", "/api/doctors/5", false},
        {"/api/doctors/{id}/", "/api/doctors//", false},  // a variable is never empty
        {"/api/doctors/{id}/", "/api/doctors/", false},
        {"/api/doctors/{id}/", "/api/doctors/5/6/", false},
        {"/api/doctors/{id}", "/api/doctors/5", true},
        {"/api/doctors/{id}", "/api/doctors/", false},
        {"/api/doctors/{id}", "/api/doctors", false},
        {"/api/{kind}/{id}/stats/", "/api/doctors/5/stats/", true},
        {"/api/{kind}/{id}/stats/", "/api/doctors/5/state/", false},
        {"/api/{kind}/{id}/stats/", "/api/doctors/5/stats", false},
        {"/api/{kind}/{id}/stats/", "/api/doctors/5/", false},
        {"/{a}", "/x", true},
        {"/{a}", "/", false},
        {"/static/{path...}", "/static/", true},  // a rest may be empty
        {"/static/{path...}", "/static/a/b//c", true},
        {"/static/{path...}", "/static", false},
        {"/{all...}", "/", true},
        {"/{all...}", "/a/b", true},
        {"/{tenant}/static/{path...}", "/t/static/x", true},
        {"/{tenant}/static/{path...}", "/t/statics", false},
        {"/caf%c3%a9/%7Ejoe/", "/caf%C3%A9/~joe/", true},  // literals are normalised as paths are
        {"/{a}/b", "/x/b/", false},
        {"/{a}/b", "/x/", false},
        {"/{a}/b/", "/x", false},
    };
    for (const MatchCase& c : cases) {
        EXPECT_EQ(PathTemplate(c.path_template).matches(c.path), c.matches) << c.path_template << " / " << c.path;
    }
}

struct RefusedCase {
    std::string_view path_template, sentence;
};

TEST(PathTemplate, IsRefusedWithASentenceForTheOperator) {
    constexpr RefusedCase cases[] = {
        {"", "does not begin with '/'."},
        {"api/", "does not begin with '/'."},
        {"//", "has an empty segment; write one slash between two segments."},
        {"/a//b", "has an empty segment; write one slash between two segments."},
        {"/a//", "has an empty segment; write one slash between two segments."},
        {"/a/{id}x/", "mixes text and a variable in one segment; a variable is a whole segment, as in /doctors/{id}/."},
        {"/a/{id", "mixes text and a variable in one segment; a variable is a whole segment, as in /doctors/{id}/."},
        {"/a/{}/", "has a variable that is no name: \"{}\"; write {id} or, at the end, {rest...}."},
        {"/a/{1d}/", "has a variable that is no name: \"{1d}\"; write {id} or, at the end, {rest...}."},
        {"/a/{...}", "has a variable that is no name: \"{...}\"; write {id} or, at the end, {rest...}."},
        {"/a/{id}/{id}/", "has two variables of the name \"id\"."},
        {"/a/{rest...}/b", "goes on after {rest...}, which takes all that is left."},
        {"/a/{rest...}/", "has a slash after {rest...}, which takes the end slash too."},
        {"/a?b=1", "has a '?' or '#'; it describes a path, without query or fragment."},
        {"/a/../b", "has a segment that is no plain text: \"..\"."},
        {"/a/./b", "has a segment that is no plain text: \".\"."},
        {"/a/%zz/", "has a segment that is no plain text: \"%zz\"."},
    };
    for (const RefusedCase& c : cases) {
        try {
            PathTemplate refused(c.path_template);
            ADD_FAILURE() << c.path_template << " was taken";
        } catch (const std::invalid_argument& error) {
            EXPECT_EQ(error.what(), "The path template \"" + std::string(c.path_template) + "\" " + std::string(c.sentence));
        }
    }
}

Route route(std::string_view path, std::chrono::seconds fresh) {
    policy::Rules rules;
    rules.fresh = fresh;
    return {PathTemplate(path), rules};
}

TEST(RouteTable, TheFirstMatchWins) {
    const RouteTable table({route("/api/doctors/me/", 1s), route("/api/doctors/{id}/", 2s), route("/api/{rest...}", 3s)});
    EXPECT_EQ(table.find("/api/doctors/me/"), 0u);
    EXPECT_EQ(table.find("/api/doctors/5/"), 1u);
    EXPECT_EQ(table.find("/api/patients/"), 2u);
    EXPECT_EQ(table.rules(1).fresh, 2s);
    EXPECT_EQ(table.label(1), "/api/doctors/{id}/");
}

TEST(RouteTable, WhatMatchesNothingIsTheImplicitLastRoute) {
    policy::Rules unmatched;
    unmatched.fresh = 9s;
    const RouteTable table({route("/a/", 1s)}, unmatched);
    EXPECT_EQ(table.size(), 2u);
    EXPECT_EQ(table.find("/b/"), 1u);
    EXPECT_EQ(table.rules(1).fresh, 9s);
    EXPECT_EQ(table.label(1), "other");
    const RouteTable empty({});
    EXPECT_EQ(empty.find("/"), 0u);
    EXPECT_EQ(empty.size(), 1u);
    EXPECT_FALSE(empty.rules(0).fresh);
    EXPECT_TRUE(empty.rules(0).cache);
}

}  // namespace
}  // namespace sidecache::routes
