#include "cache/relations/name_template.hpp"

#include "cache/json/strict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace sidecache::relations {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

const policy::GroupSpace space{.name = "api", .limit = 8};
const routes::PathTemplate path("/api/appointments/{id}/{rest...}");

struct Row {
    routes::Variables variables{{"id", "9"}, {"rest", ""}};
    boost::json::value request = *strict_json::parse_value(R"({"doctor":5})");
    boost::json::value response = *strict_json::parse_value(R"({"doctor":6,"patients":[1,2],"tag":"a/b c","many":[1,2,3,4,5,6,7,8,9]})");
    boost::json::value stored = *strict_json::parse_value(R"({"doctor":3})");
    Known known{&variables, "people=7&people=8&bu=&%62u2=x%20y&ids=1%2c2", &request, &response, &stored};
};

std::optional<std::vector<policy::Group>> groups_of(std::string_view text, const Known& known) {
    policy::Groups out;
    if (!NameTemplate(text, path).append_groups(out, space, known)) return std::nullopt;
    return std::vector<policy::Group>(out.begin(), out.end());
}

std::vector<policy::Group> named(const std::vector<std::string>& names) {
    std::vector<policy::Group> groups;
    for (const std::string& name : names) groups.push_back(policy::named_group(space, name));
    return groups;
}

// Themselves, all below them, and the collections above.
std::vector<policy::Group> written(const std::vector<std::string>& paths, const std::vector<std::string>& above) {
    std::vector<policy::Group> groups;
    for (const std::string& each : paths) {
        groups.push_back(policy::own_group(space, each));
        groups.push_back(policy::tree_group(space, each));
    }
    for (const std::string& each : above) groups.push_back(policy::own_group(space, each));
    return groups;
}

TEST(NameTemplate, NamesAGroupByEachValueOfItsVariables) {
    const Row row;
    const auto expect = [&](std::string_view text, const std::vector<std::string>& names) {
        const auto groups = groups_of(text, row.known);
        ASSERT_TRUE(groups) << text;
        EXPECT_THAT(*groups, UnorderedElementsAreArray(named(names))) << text;
    };
    expect("staff", {"staff"});
    expect("appointment:{id}", {"appointment:9"});
    expect("doctor:{request:/doctor}", {"doctor:5"});
    expect("doctor:{response:/doctor}", {"doctor:6"});
    expect("doctor:{stored:/doctor}", {"doctor:3"});
    expect("person:{query:people}", {"person:7", "person:8"});
    expect("bu2:{query:bu2}", {"bu2:x y"});
    expect("ids:{query:ids}", {"ids:1", "ids:2", "ids:1,2"});
    expect("pair:{response:/patients}:{query:people}:x", {"pair:1:7:x", "pair:1:8:x", "pair:2:7:x", "pair:2:8:x"});
}

TEST(NameTemplate, NamesAUriAsAWriteOfItDoes) {
    const Row row;
    EXPECT_THAT(*groups_of("/api/doctors/{response:/doctor}/stats/", row.known), UnorderedElementsAreArray(written({"/api/doctors/6/stats"}, {"/api/doctors/6", "/api/doctors", "/api", "/"})));
    EXPECT_THAT(*groups_of("/api/patients/{response:/patients}/", row.known), UnorderedElementsAreArray(written({"/api/patients/1", "/api/patients/2"}, {"/api/patients", "/api", "/"})));
    EXPECT_THAT(*groups_of("/api/tags/{response:/tag}/", row.known), UnorderedElementsAreArray(written({"/api/tags/a/b c"}, {"/api/tags/a", "/api/tags", "/api", "/"})));
}

TEST(NameTemplate, NamesNothingWhereAValueIsMissing) {
    const Row row;
    for (const std::string_view text : {"a:{response:/nurse}", "a:{query:bu}", "a:{query:none}", "a:{rest}", "/a/{response:/nurse}/", "a:{id}:{stored:/nurse}"})
        EXPECT_EQ(groups_of(text, row.known), std::nullopt) << text;
    for (const std::string_view text : {"a:{id}", "a:{request:/doctor}", "a:{response:/doctor}", "a:{stored:/doctor}", "a:{query:people}"}) EXPECT_EQ(groups_of(text, Known{}), std::nullopt) << text;
}

TEST(NameTemplate, NamesNoMoreThanTheSpaceAllows) {
    const Row row;
    EXPECT_EQ(groups_of("a:{response:/many}", row.known), std::nullopt);
    EXPECT_EQ(groups_of("a:{response:/patients}:{response:/many}", row.known), std::nullopt);
}

TEST(NameTemplate, HasAFamilyForWhatLacksAValue) {
    EXPECT_EQ(NameTemplate("person:{query:people}", path).family(space), NameTemplate("person:{request:/person}", path).family(space));
    EXPECT_NE(NameTemplate("person:{query:people}", path).family(space), NameTemplate("bu:{query:bu}", path).family(space));
    EXPECT_EQ(NameTemplate("staff", path).family(space), std::nullopt);
    EXPECT_EQ(NameTemplate("/api/doctors/{id}/", path).family(space), std::nullopt);
}

TEST(NameTemplate, TellsWhatItNeeds) {
    const NameTemplate both("a:{response:/a}:{stored:/b}", path);
    EXPECT_TRUE(both.uses(Source::response) && both.uses(Source::stored));
    EXPECT_FALSE(both.uses(Source::request) || both.uses(Source::query) || both.uses(Source::path));
}

TEST(NameTemplate, IsRefusedWithASentence) {
    const auto refusal = [](std::string_view text) -> std::string {
        try {
            NameTemplate(text, path);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_THAT(refusal(""), HasSubstr("names nothing"));
    EXPECT_THAT(refusal("a:{id"), HasSubstr("brace"));
    EXPECT_THAT(refusal("a:id}"), HasSubstr("brace"));
    EXPECT_THAT(refusal("a:{{id}}"), HasSubstr("brace"));
    EXPECT_THAT(refusal("a:{pk}"), HasSubstr("no variable of the path"));
    EXPECT_THAT(refusal("a:{}"), HasSubstr("no variable of the path"));
    EXPECT_THAT(refusal("a:{query:}"), HasSubstr("name of a parameter"));
    EXPECT_THAT(refusal("a:{request:doctor}"), HasSubstr("JSON Pointer"));
    EXPECT_THAT(refusal("/a?b={id}"), HasSubstr("query"));
}

}  // namespace
}  // namespace sidecache::relations
