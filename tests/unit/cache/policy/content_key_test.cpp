#include "cache/policy/content_key.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sidecache::policy {
namespace {

using testing::Fields;

const Fields json{{"Content-Type", "application/json"}};

TEST(ContentKey, IsTheSha256OfTheContentWithItsLength) {
    // SHA-256 of eight zero octets, and of "abc" after its length: counted by sha256sum.
    EXPECT_EQ(content_key(Fields{}, ""), "\ncontent\naf5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc");
    EXPECT_EQ(content_key(Fields{}, "abc"), "\ncontent\nce91dc5eec0139adf091900d225971d6ad246a845bad791b5693a9d0d55dd391");
}

TEST(ContentKey, IsTheSameForTheSameContentAndMetadata) {
    EXPECT_EQ(content_key(json, "{}"), content_key(json, "{}"));
    EXPECT_EQ(content_key(json, "{}"), content_key(Fields{{"CONTENT-TYPE", "application/json"}}, "{}"));
}

// RFC 10008 §2.7: "MUST incorporate the request content and related metadata"
TEST(ContentKey, DiffersByTheContentAndByWhateverDescribesIt) {
    const std::set<std::string> keys{
        content_key(json, "{}"),
        content_key(json, "{ }"),  // nothing is normalised
        content_key(json, ""),
        content_key(json, std::string_view("{}\0", 3)),
        content_key(Fields{}, "{}"),
        content_key(Fields{{"Content-Type", ""}}, "{}"),
        content_key(Fields{{"Content-Type", "application/sql"}}, "{}"),
        content_key(Fields{{"Content-Type", "Application/JSON"}}, "{}"),
        content_key(Fields{{"Content-Type", "application/json"}, {"Content-Type", "application/json"}}, "{}"),
        content_key(Fields{{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}, "{}"),
        content_key(Fields{{"Content-Type", "application/json"}, {"Content-Language", "de"}}, "{}"),
        content_key(Fields{{"Content-Type", "application/json"}, {"Content-Location", "/q"}}, "{}"),
        content_key(Fields{{"Content-Type", "application/json"}, {"Content-Digest", "sha-256=:AA==:"}}, "{}"),
        content_key(Fields{{"Content-Type", "application/json"}, {"Content-Of-The-Future", "1"}}, "{}"),
        content_key(Fields{{"Content-Type", "application/json"}, {"Repr-Digest", "sha-256=:AA==:"}}, "{}"),
    };
    EXPECT_EQ(keys.size(), 15u);
}

TEST(ContentKey, IsTheSameWhateverTheFramingAndTheOtherFields) {
    const std::string key = content_key(json, "{}");
    EXPECT_EQ(content_key(Fields{{"Content-Type", "application/json"}, {"Content-Length", "2"}}, "{}"), key);
    EXPECT_EQ(content_key(Fields{{"Transfer-Encoding", "chunked"}, {"Accept", "*/*"}, {"Content-Type", "application/json"}}, "{}"), key);
}

// RFC 9110 §5.3
TEST(ContentKey, DependsOnTheOrderOfLinesWithinOneFieldOnly) {
    const Fields one{{"Content-Language", "de"}, {"Content-Type", "text/plain"}, {"Content-Language", "en"}};
    const Fields same{{"content-type", "text/plain"}, {"Content-Language", "de"}, {"content-language", "en"}};
    const Fields other{{"Content-Type", "text/plain"}, {"Content-Language", "en"}, {"Content-Language", "de"}};
    EXPECT_EQ(content_key(one, "x"), content_key(same, "x"));
    EXPECT_NE(content_key(one, "x"), content_key(other, "x"));
}

TEST(ContentKey, NeverTakesAFieldForContentOrAValueForAName) {
    EXPECT_NE(content_key(Fields{{"Content-A", "bcontent-d"}}, ""), content_key(Fields{{"Content-A", "b"}, {"Content-D", ""}}, ""));
    EXPECT_NE(content_key(Fields{{"Content-A", "b"}}, "x"), content_key(Fields{{"Content-A", ""}}, "xb"));
}

}  // namespace
}  // namespace sidecache::policy
