#include "cache/policy/groups.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sidecache::policy {
namespace {

using testing::Fields;
using testing::make_request;
using testing::make_response;

constexpr GroupSpace space{.name = "records", .seed = 7, .limit = 64, .api_base = "/api"};

// Groups as a reader names them: "own /a", "tree /a", "name x", "absent", "*".
Group group_of(std::string_view text) {
    if (text == "absent") return absent_group(space);
    if (text == "*") return everything_group(space);
    const std::string_view name = text.substr(text.find(' ') + 1);
    if (text.starts_with("own ")) return own_group(space, name);
    if (text.starts_with("tree ")) return tree_group(space, name);
    return named_group(space, name);
}

using Texts = std::vector<std::string_view>;

void expect_groups(const Groups& groups, const Texts& expected, std::string_view what) {
    std::vector<Group> wanted;
    for (const std::string_view text : expected) wanted.push_back(group_of(text));
    EXPECT_THAT(std::vector<Group>(groups.begin(), groups.end()), ::testing::UnorderedElementsAreArray(wanted)) << what;
}

Groups of_write(std::string_view method, std::string_view target, const GroupSpace& where = space) {
    static const Fields none{};
    Groups groups{1, 2, 3};
    groups_of_write(groups, where, make_request(method, target, none), nullptr);
    return groups;
}

Groups of_answered_write(std::string_view method, std::string_view target, int status, const Fields& fields) {
    static const Fields none{};
    const auto response = make_response(status, fields);
    Groups groups;
    groups_of_write(groups, space, make_request(method, target, none), &response);
    return groups;
}

TEST(Group, DiffersByKindNameSpaceAndSeed) {
    EXPECT_NE(own_group(space, "/a"), tree_group(space, "/a"));
    EXPECT_NE(own_group(space, "/a"), named_group(space, "/a"));
    EXPECT_NE(own_group(space, "/a"), own_group(space, "/b"));
    EXPECT_NE(absent_group(space), everything_group(space));
    EXPECT_NE(own_group(space, "/a"), own_group({.name = "other", .seed = 7}, "/a"));
    EXPECT_NE(own_group(space, "/a"), own_group({.name = "records", .seed = 8}, "/a"));
    EXPECT_NE(own_group({.name = "ab"}, "c"), own_group({.name = "a"}, "bc"));
}

TEST(GroupsOfARead, AreItsOwnTheTreesAboveItAndEverything) {
    static const Fields none{};
    Groups groups;
    ASSERT_TRUE(groups_of_request(groups, space, make_request("GET", "/api/doctors/5.json?page=2", none)));
    expect_groups(groups, {"own /api/doctors/5", "tree /api/doctors/5", "tree /api/doctors", "tree /api", "tree /", "*"}, "read");
    Groups root;
    ASSERT_TRUE(groups_of_request(root, space, make_request("GET", "/", none)));
    expect_groups(root, {"own /", "tree /", "*"}, "root");
}

// S14: nothing is cut off silently.
TEST(GroupsOfARead, AreNoneForATargetThatCannotBeReadOrHasTooMany) {
    static const Fields none{};
    Groups groups;
    for (const std::string_view target : {"/%zz", "*", "/a//../b"})
        EXPECT_FALSE(groups_of_request(groups, space, make_request("GET", target, none)));
    GroupSpace small = space;
    small.limit = 6;
    groups.clear();
    EXPECT_TRUE(groups_of_request(groups, small, make_request("GET", "/1/2/3", none)));
    groups.clear();
    EXPECT_FALSE(groups_of_request(groups, small, make_request("GET", "/1/2/3/4", none)));
}

TEST(GroupsOfAResponse, AreTheNamesThatItsFieldsGive) {
    Groups groups;
    const Fields fields{{"Cache-Groups", R"("doctors";x=1, "a\"b")"},
                        {"Cache-Groups", R"("staff")"},
                        {"Surrogate-Key", "one  two"},
                        {"xkey", "three"},
                        {"XKey", "one"},
                        {"Cache-Tag", "tag a, ,tag-b"}};
    ASSERT_TRUE(add_groups_of_response(groups, space, make_response(200, fields)));
    expect_groups(groups,
                  {"name doctors", "name a\"b", "name staff", "name one", "name two", "name three", "name tag a", "name tag-b"},
                  "names");
}

// S10
TEST(GroupsOfAResponse, OfAnErrorHaveAbsent) {
    const Fields none{};
    for (const auto& [status, count] : {std::pair{200, 0u}, {301, 0u}, {399, 0u}, {400, 1u}, {404, 1u}, {503, 1u}}) {
        Groups groups;
        ASSERT_TRUE(add_groups_of_response(groups, space, make_response(status, none)));
        EXPECT_EQ(groups.size(), count) << status;
    }
}

// RFC 9875 §2, RFC 9651 §4.2; S14
TEST(GroupsOfAResponse, AreNoneWhereTheyCannotBeReadInFull) {
    for (const std::string_view value : {"doctors", "\"a\",", "\"a", "\"a\" \"b\"", "(\"a\")"}) {
        Groups groups;
        EXPECT_FALSE(add_groups_of_response(groups, space, make_response(200, Fields{{"Cache-Groups", value}}))) << value;
    }
    std::string many;
    for (int i = 0; i < 65; ++i) many += "k" + std::to_string(i) + " ";
    Groups groups;
    EXPECT_FALSE(add_groups_of_response(groups, space, make_response(200, Fields{{"Surrogate-Key", many}})));
    EXPECT_EQ(groups.size(), space.limit);
}

struct WriteCase {
    std::string_view method, target;
    Texts expected;
};

// CONSISTENCY 1.2; S10, S11, S12
TEST(GroupsOfAWrite, BeforeItsAnswerAreAllThatItMayChange) {
    const WriteCase cases[] = {
        {"PUT",
         "/api/doctors/5/",
         {"own /api/doctors/5", "own /api/doctors", "own /api", "own /", "absent", "tree /api/doctors/5"}},
        {"PATCH",
         "/api/doctors/5.json?x=1",
         {"own /api/doctors/5", "own /api/doctors", "own /api", "own /", "absent", "tree /api/doctors/5"}},
        {"DELETE",
         "//api/%64octors/5",
         {"own /api/doctors/5", "own /api/doctors", "own /api", "own /", "absent", "tree /api/doctors/5"}},
        {"PROPPATCH", "/x", {"own /x", "own /", "absent", "tree /x"}},
        // A change below a row may show in all of the row.
        {"PATCH",
         "/api/doctors/5/address/",
         {"own /api/doctors/5/address", "own /api/doctors/5", "own /api/doctors", "own /api", "own /", "absent",
          "tree /api/doctors/5/address", "tree /api/doctors/5"}},
        {"POST",
         "/api/doctors/5/activate/",
         {"own /api/doctors/5/activate", "own /api/doctors/5", "own /api/doctors", "own /api", "own /", "absent",
          "tree /api/doctors/5/activate", "tree /api/doctors/5"}},
        {"POST",
         "/api/clinics/3/doctors/5/activate/",
         {"own /api/clinics/3/doctors/5/activate", "own /api/clinics/3/doctors/5", "own /api/clinics/3/doctors",
          "own /api/clinics/3", "own /api/clinics", "own /api", "own /", "absent", "tree /api/clinics/3/doctors/5/activate",
          "tree /api/clinics/3/doctors/5"}},
        // A POST that may be an action on a collection: its siblings.
        {"POST",
         "/api/doctors/bulk/",
         {"own /api/doctors/bulk", "own /api/doctors", "own /api", "own /", "absent", "tree /api/doctors/bulk",
          "tree /api/doctors"}},
        {"POST", "/api/doctors/", {"own /api/doctors", "own /api", "own /", "absent", "tree /api/doctors"}},
        {"POST", "/login", {"own /login", "own /", "absent", "tree /login"}},
        {"POST", "/", {"own /", "absent", "tree /"}},
        {"PUT",
         "/api/doctors/bulk/",
         {"own /api/doctors/bulk", "own /api/doctors", "own /api", "own /", "absent", "tree /api/doctors/bulk"}},
    };
    for (const WriteCase& c : cases) expect_groups(of_write(c.method, c.target), c.expected, c.target);
}

TEST(GroupsOfAWrite, OfAPostThatCreatedLeaveOutTheTree) {
    const Fields none{};
    expect_groups(of_answered_write("POST", "/api/doctors/", 201, none), {"own /api/doctors", "own /api", "own /", "absent"},
                  "201");
    expect_groups(of_answered_write("POST", "/api/doctors/", 200, none),
                  {"own /api/doctors", "own /api", "own /", "absent", "tree /api/doctors"}, "200");
    expect_groups(of_answered_write("PUT", "/x", 201, none), {"own /x", "own /", "absent", "tree /x"}, "PUT");
    expect_groups(of_answered_write("POST", "/doctors/5/notes/", 201, none),
                  {"own /doctors/5/notes", "own /doctors/5", "own /doctors", "own /", "absent", "tree /doctors/5"}, "row");
}

TEST(GroupsOfAWrite, TheApiBaseMayHaveAnEndSlash) {
    GroupSpace slashed = space;
    slashed.api_base = "/api/";
    EXPECT_EQ(of_write("POST", "/api/doctors/", slashed), of_write("POST", "/api/doctors/"));
}

// RFC 9111 §4.4: the target alone must be invalidated.
TEST(GroupsOfAWrite, LeaveOutAbsentWhereErrorsAreKept) {
    GroupSpace keeping = space;
    keeping.writes_name_absent = false;
    expect_groups(of_write("PUT", "/x", keeping), {"own /x", "own /", "tree /x"}, "keeping");
    const Fields none{};
    Groups groups;
    ASSERT_TRUE(add_groups_of_response(groups, keeping, make_response(404, none)));
    expect_groups(groups, {"absent"}, "an error belongs to it all the same");
}

struct LocationCase {
    std::string_view reference;
    std::string_view path;  // empty: another space
};

// RFC 3986 §5.4, RFC 9111 §4.4
TEST(GroupsOfAWrite, HaveTheLocationInTheSameSpace) {
    constexpr LocationCase cases[] = {
        {"/api/doctors/9/", "/api/doctors/9"},
        {"9/", "/api/doctors/9"},
        {"../patients/9", "/api/patients/9"},
        {"./9?x=1#y", "/api/doctors/9"},
        {"http://api.example/api/doctors/9/", "/api/doctors/9"},
        {"HTTPS://API.example:443/api/doctors/9/", "/api/doctors/9"},
        {"http://api.example:80?x", "/"},
        {"//api.example/api/doctors/9", "/api/doctors/9"},
        {"a:b/9", ""},
        {"./a:b", "/api/doctors/a:b"},
        {"http://other.example/api/doctors/9/", ""},
        {"http://api.example:8080/api/doctors/9/", ""},
        {"http://user@api.example/api/doctors/9/", ""},
        {"//other.example/api/doctors/9", ""},
        {"mailto:a@api.example", ""},
        {"?page=2", "/api/doctors"},
        {"", "/api/doctors"},
        {"#top", "/api/doctors"},
    };
    for (const std::string_view name : {"Location", "Content-Location"}) {
        for (const LocationCase& c : cases) {
            const Groups groups = of_answered_write("POST", "/api/doctors/", 201, Fields{{name, c.reference}});
            const auto has = [&groups](Group group) { return std::ranges::find(groups, group) != groups.end(); };
            EXPECT_FALSE(has(everything_group(space))) << c.reference;
            EXPECT_TRUE(has(own_group(space, "/api/doctors"))) << c.reference;
            if (c.path.empty()) {
                EXPECT_EQ(groups.size(), 4u) << c.reference;
            } else {
                EXPECT_TRUE(has(own_group(space, c.path)) && has(tree_group(space, c.path))) << c.reference;
            }
        }
    }
}

// RFC 9875 §3
TEST(GroupsOfAWrite, HaveThoseThatTheResponseInvalidates) {
    expect_groups(of_answered_write("PUT", "/x", 200, Fields{{"Cache-Group-Invalidation", R"("doctors", "staff";a)"}}),
                  {"own /x", "own /", "absent", "tree /x", "name doctors", "name staff"}, "invalidation");
}

TEST(GroupsOfAWrite, AreEverythingWhereTheyCannotBeReadInFull) {
    for (const std::string_view target : {"/%zz", "*", "/a//../b"}) expect_groups(of_write("PUT", target), {"*"}, target);
    for (const std::string_view value : {"doctors", "\"a\",", "\"a"}) {
        expect_groups(of_answered_write("PUT", "/x", 200, Fields{{"Cache-Group-Invalidation", value}}), {"*"}, value);
    }
    expect_groups(of_answered_write("POST", "/x", 201, Fields{{"Location", "/%zz"}}), {"*"}, "location");
    std::string deep;
    for (int i = 0; i < 80; ++i) deep += "/s" + std::to_string(i);
    expect_groups(of_write("PUT", deep), {"*"}, "deep");
}

// The invariant that all depends on: a write to a target names a group of every read of the same target and of every read below
// its row.
TEST(GroupsOfAWrite, MeetThoseOfEveryReadThatTheyConcern) {
    static const Fields none{};
    const auto meets = [](const Groups& write, std::string_view read) {
        Groups groups;
        if (!groups_of_request(groups, space, make_request("GET", read, none))) return true;  // not stored
        return std::ranges::any_of(groups, [&write](Group g) { return std::ranges::find(write, g) != write.end(); });
    };
    for (const std::string_view method : {"PUT", "PATCH", "DELETE", "POST", "LOCK"}) {
        for (const std::string_view read :
             {"/api/doctors/5/", "/api/doctors/5", "/api/doctors/5.json", "//api/doctors/5/", "/api/%64octors/5/",
              "/api/doctors/5/stats/", "/api/doctors/?page=3", "/api/doctors.json", "/api/", "/", "/api/doctors%2F5"}) {
            EXPECT_TRUE(meets(of_write(method, "/api/doctors/5/"), read)) << method << ' ' << read;
        }
        for (const std::string_view read : {"/api/doctors/6/", "/api/patients/", "/api/doctors/6/stats/"}) {
            EXPECT_FALSE(meets(of_write(method, "/api/doctors/5/"), read)) << method << ' ' << read;
        }
    }
}

TEST(Identifier, IsANumberAUuidOrAUlid) {
    for (const std::string_view text :
         {"0", "42", "00000000000000000000000000000000001", "123e4567-e89b-12d3-a456-426614174000",
          "123E4567E89B12D3A456426614174000", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5fav"}) {
        EXPECT_TRUE(is_identifier(text)) << text;
    }
    for (const std::string_view text :
         {"", "doctors", "5a", "-5", "5.0", "123e4567-e89b-12d3-a456-42661417400", "123e4567e89b-12d3-a456-4266-14174000",
          "91ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAI", "activate"}) {
        EXPECT_FALSE(is_identifier(text)) << text;
    }
}

TEST(GroupNames, StandBesideTheGroupsThatTheyName) {
    const GroupSpace space{.name = "origin"};
    Groups groups;
    GroupNames names;
    const Fields none{};
    const Fields of_response{{"Cache-Groups", "\"staff\""}};
    ASSERT_TRUE(groups_of_request(groups, space, make_request("GET", "/doctors/5/", none), &names));
    ASSERT_TRUE(add_groups_of_response(groups, space, make_response(404, of_response), &names));
    EXPECT_EQ(names, (GroupNames{"own /doctors/5", "tree /doctors/5", "tree /doctors", "tree /", "*", "absent", "named staff"}));
    ASSERT_EQ(groups.size(), names.size());
    EXPECT_EQ(groups[0], own_group(space, "/doctors/5"));
    EXPECT_EQ(groups[6], named_group(space, "staff"));
}

TEST(GroupNames, OfAWriteThatCannotBeReadAreEverything) {
    Groups groups;
    GroupNames names;
    groups_of_write(groups, {.name = "origin"}, make_request("PUT", "/a%zz", Fields{}), nullptr, &names);
    EXPECT_EQ(names, GroupNames{"*"});
}

}  // namespace
}  // namespace sidecache::policy
