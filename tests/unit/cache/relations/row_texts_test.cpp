#include "cache/relations/row_texts.hpp"

#include "cache/json/strict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecache::relations {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using Texts = std::vector<std::string>;

std::optional<Texts> texts(std::string_view pointer, std::string_view document) {
    Texts out;
    const auto value = strict_json::parse_value(document);
    return append_row_texts(out, *strict_json::Pointer::parse(pointer), *value) ? std::optional(out) : std::nullopt;
}

TEST(RowTexts, AreThoseOfScalars) {
    constexpr std::string_view row = R"({"doctor":5,"name":"A B","done":true,"big":18446744073709551615,"below":-3,"at":{"room":{"id":"7"}},"a/b":1,"m~n":2,"":3,"rows":[{"id":8}]})";
    EXPECT_THAT(texts("/doctor", row), Optional(ElementsAre("5")));
    EXPECT_THAT(texts("/name", row), Optional(ElementsAre("A B")));
    EXPECT_THAT(texts("/done", row), Optional(ElementsAre("true")));
    EXPECT_THAT(texts("/big", row), Optional(ElementsAre("18446744073709551615")));
    EXPECT_THAT(texts("/below", row), Optional(ElementsAre("-3")));
    EXPECT_THAT(texts("/at/room/id", row), Optional(ElementsAre("7")));
    EXPECT_THAT(texts("/a~1b", row), Optional(ElementsAre("1")));
    EXPECT_THAT(texts("/m~0n", row), Optional(ElementsAre("2")));
    EXPECT_THAT(texts("/", row), Optional(ElementsAre("3")));
    EXPECT_THAT(texts("/rows/0/id", row), Optional(ElementsAre("8")));
}

TEST(RowTexts, AreThoseOfEachOfAList) {
    EXPECT_THAT(texts("/doctors", R"({"doctors":[3,"4",null]})"), Optional(ElementsAre("3", "4")));
    EXPECT_THAT(texts("/doctors", R"({"doctors":[]})"), Optional(IsEmpty()));
}

TEST(RowTexts, AreThoseOfEachRowOfABulkDocument) {
    EXPECT_THAT(texts("/doctor", R"([{"doctor":3},{"doctor":4}])"), Optional(ElementsAre("3", "4")));
    EXPECT_THAT(texts("/doctor", R"([])"), Optional(IsEmpty()));
    EXPECT_EQ(texts("/doctor", R"([{"doctor":3},{"nurse":4}])"), std::nullopt);
    EXPECT_EQ(texts("/doctor", R"([[{"doctor":3}]])"), std::nullopt);
}

// An appointment without a doctor names no doctor: that is known.
TEST(RowTexts, AreNoneOfNullWhichIsAnAnswer) { EXPECT_THAT(texts("/doctor", R"({"doctor":null})"), Optional(IsEmpty())); }

TEST(RowTexts, AreMissingRatherThanGuessed) {
    for (const std::string_view document : {R"({})", R"({"doctor":{"id":5}})", R"({"doctor":5.0})", R"({"doctor":""})", R"({"doctor":[[5]]})", R"({"doctor":[5,{}]})", R"({"Doctor":5})", "5", "null"})
        EXPECT_EQ(texts("/doctor", document), std::nullopt) << document;
    for (const std::string_view pointer : {"/rows/00", "/rows/-", "/rows/1", "/rows/9999999999", "/rows/x"}) EXPECT_EQ(texts(pointer, R"({"rows":[1]})"), std::nullopt) << pointer;
}

// RFC 6901 §3
TEST(Pointer, IsRefusedWhereItIsNone) {
    for (const std::string_view text : {"", "doctor", "/a~", "/a~2", "~0"}) EXPECT_FALSE(strict_json::Pointer::parse(text)) << text;
}

}  // namespace
}  // namespace sidecache::relations
