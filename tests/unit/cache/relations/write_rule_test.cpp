#include "cache/relations/write_rule.hpp"

#include "cache/http/target.hpp"
#include "cache/json/strict.hpp"
#include "tests/unit/cache/http/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecache::relations {
namespace {

using namespace std::chrono_literals;
using ::testing::UnorderedElementsAreArray;

const policy::GroupSpace space{.name = "api", .limit = 16};

std::vector<NameTemplate> names(std::initializer_list<std::string_view> texts, const routes::PathTemplate& path) {
    std::vector<NameTemplate> out;
    for (const std::string_view text : texts) out.emplace_back(text, path);
    return out;
}

WriteRule rule(std::string_view path, std::initializer_list<std::string_view> groups = {}) {
    WriteRule made{routes::PathTemplate(path)};
    made.groups = names(groups, made.path);
    return made;
}

http::RequestView request(std::string_view method, std::string_view path, std::string_view query = {}) {
    http::RequestView view;
    view.method_text = method;
    view.path = path;
    view.query = query;
    view.has_query = !query.empty();
    return view;
}

std::vector<policy::Group> groups_of(const std::vector<WriteRule>& rules, const http::RequestView& asked, const Known& known = {}) {
    policy::Groups out;
    Relations(rules, asked).append_groups(out, space, known);
    return {out.begin(), out.end()};
}

bool append(const RouteGroups& route, policy::Groups& out, const http::RequestView& asked) {
    std::string path;
    EXPECT_TRUE(http::append_group_path(path, asked.path));
    const auto variables = route.path.match_group_path(path);
    return route.append(out, space, variables ? &*variables : nullptr, asked.query);
}

policy::Group group(std::string_view name) { return policy::named_group(space, name); }
policy::Group family(std::string_view name) { return policy::family_group(space, name); }
policy::Group tree(std::string_view path) { return policy::tree_group(space, path); }
const policy::Group everything = policy::everything_group(space);

TEST(WriteRules, NameTheRowsThatAWriteOfThisOneChanges) {
    const auto response = *strict_json::parse_value(R"({"doctor":5,"patient":7})");
    const std::vector<WriteRule> rules{rule("/api/appointments/{id}/", {"doctor:{response:/doctor}", "patient:{response:/patient}"})};
    const std::vector<policy::Group> both{group("doctor:5"), group("patient:7"), family("doctor:{}"), family("patient:{}")};
    for (const std::string_view path : {"/api/appointments/3/", "/api/appointments/3", "//api/appointments/3.json", "/api/%61ppointments/./3/"})
        EXPECT_THAT(groups_of(rules, request("PATCH", path), {.response = &response}), UnorderedElementsAreArray(both)) << path;
    EXPECT_TRUE(Relations(rules, request("PATCH", "/api/doctors/3/")).empty());
}

TEST(WriteRules, FallBackToWhatIsWiderWhereAValueIsMissing) {
    WriteRule made = rule("/api/appointments/{id}/", {"doctor:{response:/doctor}", "appointment:{id}"});
    EXPECT_THAT(groups_of({made}, request("PATCH", "/api/appointments/3/")), UnorderedElementsAreArray({group("appointment:3"), family("doctor:{}"), family("appointment:{}"), everything}));
    made.otherwise = {routes::PathTemplate("/api/doctors/{rest...}"), routes::PathTemplate("/api/patients/")};
    EXPECT_THAT(groups_of({made}, request("PATCH", "/api/appointments/3/")),
                UnorderedElementsAreArray({group("appointment:3"), family("doctor:{}"), family("appointment:{}"), tree("/api/doctors"), tree("/api/patients")}));
}

TEST(WriteRules, NameWhatIsKnownAloneIfThatIsAskedFor) {
    policy::Groups out;
    Relations({rule("/api/appointments/{id}/", {"doctor:{response:/doctor}", "appointment:{id}"})}, request("PATCH", "/api/appointments/3/")).append_groups(out, space, {}, false);
    EXPECT_THAT(out, UnorderedElementsAreArray({group("appointment:3"), family("doctor:{}"), family("appointment:{}")}));
}

TEST(WriteRules, NameEverythingIfThatIsAskedForOrThereIsTooMuch) {
    WriteRule blunt = rule("/api/admin/{rest...}");
    blunt.is_everything = true;
    EXPECT_THAT(groups_of({blunt}, request("POST", "/api/admin/x/")), UnorderedElementsAreArray({everything}));
    const auto response = *strict_json::parse_value(R"({"doctors":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]})");
    EXPECT_THAT(groups_of({rule("/a/", {"doctor:{response:/doctors}", "staff"})}, request("POST", "/a/"), {.response = &response}), UnorderedElementsAreArray({everything}));
}

TEST(WriteRules, AllCountThatMatchPathAndMethod) {
    WriteRule posts = rule("/api/{kind}/", {"of:{kind}"});
    posts.methods = {"POST"};
    posts.hold = 2s;
    WriteRule all = rule("/api/{rest...}", {"all"});
    all.hold = 1s;
    const std::vector<WriteRule> rules{posts, all};
    EXPECT_THAT(groups_of(rules, request("POST", "/api/doctors/")), UnorderedElementsAreArray({group("of:doctors"), family("of:{}"), group("all")}));
    EXPECT_EQ(Relations(rules, request("POST", "/api/doctors/")).hold(), 2s);
    EXPECT_THAT(groups_of(rules, request("PUT", "/api/doctors/")), UnorderedElementsAreArray({group("all")}));
    EXPECT_EQ(Relations(rules, request("PUT", "/api/doctors/")).hold(), 1s);
}

// Frameworks read "patch" as PATCH; what is declared safe is so as it is spelt.
TEST(WriteRules, WidenWhateverTheSpellingOfTheMethod) {
    WriteRule patches = rule("/a/", {"x"});
    patches.methods = {"PATCH"};
    EXPECT_THAT(groups_of({patches}, request("patch", "/a/")), UnorderedElementsAreArray({group("x")}));
    WriteRule search = rule("/a/");
    search.methods = {"POST"};
    search.is_safe = true;
    EXPECT_TRUE(Relations({search}, request("POST", "/a/")).is_safe());
    EXPECT_FALSE(Relations({search}, request("post", "/a/")).is_safe());
}

TEST(WriteRules, AreSafeOnlyWhereNoneSaysOtherwise) {
    WriteRule search = rule("/api/search/");
    search.is_safe = true;
    const WriteRule all = rule("/api/{rest...}");
    EXPECT_TRUE(Relations({search}, request("POST", "/api/search/")).is_safe());
    EXPECT_FALSE(Relations({search, all}, request("POST", "/api/search/")).is_safe());
    EXPECT_FALSE(Relations({search}, request("POST", "/api/doctors/")).is_safe());
    EXPECT_FALSE(Relations().is_safe());
}

TEST(RouteGroups, NameWhatTheResponsesOfARouteShow) {
    RouteGroups route{routes::PathTemplate("/api/jobs/{id}/needs/")};
    route.groups = names({"job:{id}", "person:{query:people}", "bu:{query:bu}"}, route.path);
    policy::Groups out;
    EXPECT_TRUE(append(route, out, request("GET", "/api/jobs/4/needs/", "people=7&bu=x")));
    EXPECT_THAT(out, UnorderedElementsAreArray({group("job:4"), group("person:7"), group("bu:x")}));
}

// A list that is not filtered by person shows every person: a write of any of them ends it.
TEST(RouteGroups, BelongToTheFamilyWhereAValueIsMissing) {
    RouteGroups route{routes::PathTemplate("/api/needs/")};
    route.groups = names({"person:{query:people}"}, route.path);
    policy::Groups out;
    EXPECT_TRUE(append(route, out, request("GET", "/api/needs/")));
    EXPECT_THAT(out, UnorderedElementsAreArray({family("person:{}")}));
    const auto body = *strict_json::parse_value(R"({"person":7})");
    EXPECT_THAT(groups_of({rule("/api/people/", {"person:{request:/person}"})}, request("POST", "/api/people/"), {.request = &body}),
                UnorderedElementsAreArray({group("person:7"), family("person:{}")}));
}

TEST(RouteGroups, AreNotCutOff) {
    RouteGroups route{routes::PathTemplate("/a/")};
    route.groups = names({"x:{query:x}"}, route.path);
    policy::Groups out;
    for (policy::Group each = 1; each <= 16; ++each) out.push_back(each);
    EXPECT_FALSE(append(route, out, request("GET", "/a/", "x=1")));
}

}  // namespace
}  // namespace sidecache::relations
