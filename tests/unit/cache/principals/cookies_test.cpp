#include "cache/principals/cookies.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sidecache::principals {
namespace {

using Kind = FoundCookie::Kind;

FoundCookie find(std::vector<std::string_view> lines, std::string_view name = "sessionid") {
    std::vector<http::Field> fields;
    for (const auto line : lines) fields.push_back({http::FieldName::cookie, "Cookie", line});
    return find_cookie(fields, name);
}

TEST(NamedCookie, IsFoundAmongOthers) {
    for (const auto line : {"sessionid=abc", "a=b; sessionid=abc", "sessionid=abc;a=b", " a=b ;  sessionid=abc ; c=d", "csrf=x; sessionid=abc; sessionid2=y; mysessionid=z"}) {
        const auto found = find({line});
        EXPECT_EQ(found.kind, Kind::found) << line;
        EXPECT_EQ(found.value, "abc") << line;
    }
}

TEST(NamedCookie, IsFoundInAnyLine) { EXPECT_EQ(find({"a=b", "sessionid=abc"}).value, "abc"); }

TEST(NamedCookie, KeepsAllOfItsValue) {
    EXPECT_EQ(find({"sessionid=\"a=b==\""}).value, "\"a=b==\"");
    EXPECT_EQ(find({"sessionid="}).kind, Kind::found);
}

TEST(NamedCookie, IsAbsentWhereNoParserFindsIt) {
    for (const auto line : {"", "a=b", "sessionid", "xsessionid=abc", "sessionid2=abc", "session=id", "a=sessionid"}) EXPECT_EQ(find({line}).kind, Kind::absent) << line;
    EXPECT_EQ(find({}).kind, Kind::absent);
}

TEST(NamedCookie, IsUnclearWhereTwoParsersMayDiffer) {
    for (const auto line : {"sessionid=a; sessionid=a", "sessionid=a, sessionid=b", "SessionID=a", "sessionid =a", "a=b,sessionid=c", "a=\"; sessionid=c\"; sessionid=d", "session%69d=a",
                            "a=b sessionid=c", "sessionid\xc2\xa0=a", "\xc2\xa0sessionid=a", "a=b; sessionid\xe2\x80\x83=c",
                            "sessionid=a; sessionid\xc2\xa0=b", "\"sessionid\"=a"}) {
        EXPECT_EQ(find({line}).kind, Kind::unclear) << line;
    }
    EXPECT_EQ(find({"sessionid=a", "sessionid=b"}).kind, Kind::unclear);
    EXPECT_EQ(find({"session.id=a"}, "session_id").kind, Kind::unclear);
}

}  // namespace
}  // namespace sidecache::principals
