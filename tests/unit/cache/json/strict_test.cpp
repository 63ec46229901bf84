#include "cache/json/strict.hpp"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

namespace sidecache::strict_json {
namespace {

// The object written again, or what is wrong with it.
std::string read(std::string_view text) {
    const auto object = parse_object(text);
    return object ? boost::json::serialize(*object) : std::string(sentence_of(object.error()));
}

TEST(JsonObject, IsRead) {
    EXPECT_EQ(read("{}"), "{}");
    EXPECT_EQ(read(" {\r\n\t\"a\" : [ 1 , -2, true, null , {\"b\":\"c\"} ] } \n"), R"({"a":[1,-2,true,null,{"b":"c"}]})");
    EXPECT_EQ(read(R"({"":"","A":1,"a":2})"), R"({"":"","A":1,"a":2})");
    EXPECT_EQ(read(R"({"a":{"x":1},"b":{"x":1},"x":1})"), R"({"a":{"x":1},"b":{"x":1},"x":1})");
    EXPECT_EQ(read(R"({"a":"\u00e4\ud83d\ude00\n"})"), "{\"a\":\"\xc3\xa4\xf0\x9f\x98\x80\\n\"}");
    EXPECT_EQ(read(R"({"a":18446744073709551615})"), R"({"a":18446744073709551615})");
}

// RFC 8259
TEST(JsonObject, IsRefusedIfItIsNotJson) {
    for (const std::string_view text : {"",
                                        " ",
                                        "{",
                                        "}",
                                        "{}x",
                                        "{} {}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{a:1}",
                                        "{'a':1}",
                                        "{\"a\":01}",
                                        "{\"a\":+1}",
                                        "{\"a\":.5}",
                                        "{\"a\":NaN}",
                                        "{\"a\":\"\x01\"}",
                                        "{\"a\":\"\xff\"}",
                                        "{\"a\":\"\xc0\x80\"}",
                                        R"({"a":"\ud83d"})",
                                        R"({"a":"\x"})",
                                        "{/**/}",
                                        "{\"a\":1}//",
                                        "\xef\xbb\xbf{}",
                                        "nul"})
        EXPECT_EQ(read(text), "is not valid JSON") << text;
    EXPECT_EQ(read(std::string_view("{}\0", 3)), "is not valid JSON");
}

TEST(JsonObject, IsRefusedIfItIsAnotherValue) {
    for (const std::string_view text : {"[]", "[{}]", "1", "\"{}\"", "null", "true"})
        EXPECT_EQ(read(text), "is no JSON object") << text;
}

// RFC 7515 §4, RFC 7519 §4
TEST(JsonObject, IsRefusedIfItNamesAMemberTwice) {
    for (const std::string_view text :
         {R"({"a":1,"a":1})", R"({"a":1,"b":2,"\u0061":3})", R"({"a":{"b":1,"b":2}})", R"({"a":[1,{"b":1,"c":1,"b":2}]})",
          R"({"a":{"b":{"b":1}},"a":{}})", R"({"":1,"":1})", R"({"a":{"x":1,"y":2},"a":3})"})
        EXPECT_EQ(read(text), "has an object that names a member twice") << text;
    // Also where there are so many that Boost.JSON hashes them.
    std::string many = "{";
    for (int i = 0; i < 100; ++i) many += "\"m" + std::to_string(i) + "\":0,";
    EXPECT_EQ(read(many + "\"m50\":0}"), "has an object that names a member twice");
    EXPECT_NE(read(many + "\"m100\":0}"), "has an object that names a member twice");
}

// RFC 8259 §6
TEST(JsonObject, IsRefusedIfANumberIsBeyondADouble) {
    for (const std::string_view number : {"1e309", "-1e309", "1e999", "0e999", "17e7000001", "1e2147483648", "1e-2147483649"})
        EXPECT_EQ(read("{\"a\":" + std::string(number) + "}"), "is not valid JSON") << number;
    EXPECT_EQ(read(R"({"a":1e308,"b":1e-999})"), R"({"a":1E308,"b":0E0})");
}

TEST(JsonObject, IsRefusedIfItIsNestedDeeply) {
    const auto nested = [](std::size_t arrays) { return "{\"a\":" + std::string(arrays, '[') + std::string(arrays, ']') + "}"; };
    EXPECT_EQ(read(nested(max_depth - 1)), nested(max_depth - 1));
    EXPECT_EQ(read(nested(max_depth)), "is not valid JSON");
    EXPECT_EQ(read(nested(100000)), "is not valid JSON");
}

}  // namespace
}  // namespace sidecache::strict_json
