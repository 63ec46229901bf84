#include "tests/unit/cache/fill/responses.hpp"

#include <gtest/gtest.h>

namespace sidecache::fill {
namespace {

using testing::Fields;
using testing::make_stored;
using testing::StoredAs;

TEST(AStoredResponse, CopiesItsFieldsBehindItsStatusLine) {
    std::string value = "\"1\"";
    const Fields fields{{"ETag", value}, {"X-Empty", ""}, {"Content-Type", "text/plain"}};
    const auto response = make_stored(Content::make_complete("x"), fields, {});
    value.assign(3, '?');
    EXPECT_EQ(response->head(), "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nX-Empty: \r\nContent-Type: text/plain\r\n");
    const http::ResponseView view = response->view();
    ASSERT_EQ(view.fields.size(), 3u);
    EXPECT_EQ(view.fields[0].name, "ETag");
    EXPECT_EQ(view.fields[0].value, "\"1\"");
    EXPECT_EQ(view.fields[1].value, "");
    EXPECT_EQ(view.fields[2].value, "text/plain");
    EXPECT_TRUE(view.names.has(http::FieldName::etag));
    EXPECT_FALSE(view.names.has(http::FieldName::vary));
    // Views into the one head, which is all that is kept of them.
    for (const http::Field& field : view.fields) {
        EXPECT_GE(field.name.data(), response->head().data());
        EXPECT_LE(field.value.data() + field.value.size(), response->head().data() + response->head().size());
    }
}

TEST(AStoredResponse, ChargesForItsHeadFieldsGroupsAndContent) {
    const auto bare = make_stored(Content::make_complete(""), {}, {});
    const std::string large(5'000, 'x');
    const auto with_field = make_stored(Content::make_complete(""), Fields{{"X-Large", large}}, {});
    EXPECT_GE(with_field->charge(), bare->charge() + 5'000);
    const auto with_content = make_stored(Content::make_complete(large), {}, {});
    EXPECT_GE(with_content->charge(), bare->charge() + 5'000);
    StoredAs grouped;
    grouped.groups.resize(60);
    EXPECT_GE(make_stored(Content::make_complete(""), {}, grouped)->charge(), bare->charge() + 60 * sizeof(policy::Group));
    StoredAs keyed;
    keyed.key.append(1'000, 'k');
    EXPECT_GE(make_stored(Content::make_complete(""), {}, keyed)->charge(), bare->charge() + 900);
}

TEST(AStoredResponse, IsTrustedUntilAGroupOfItIsInvalidated) {
    epochs::Epochs clock({.slots = 64}, 1);
    StoredAs as;
    as.stamp = clock.stamp();
    as.groups = {3, 4};
    const auto response = make_stored(Content::make_complete(""), {}, as);
    EXPECT_TRUE(response->is_trusted(clock));
    EXPECT_TRUE(response->is_trusted(clock));
    const policy::Group other = 5;
    clock.tick({&other, 1});
    EXPECT_TRUE(response->is_trusted(clock));
    const policy::Group own = 4;
    clock.tick({&own, 1});
    EXPECT_FALSE(response->is_trusted(clock));
}

TEST(AVaryMark, ChargesForItsSpecsAndVariants) {
    const VaryMark small({1, 2}, "key", {policy::VarySpec{{"accept"}, {http::FieldName::accept}}}, {});
    const VaryMark large({1, 2}, "key", {policy::VarySpec{{"accept"}, {http::FieldName::accept}}}, std::vector<policy::Hash128>(100));
    EXPECT_EQ(small.kind(), Filed::Kind::vary_mark);
    EXPECT_GE(large.charge(), small.charge() + 100 * sizeof(policy::Hash128));
}

}  // namespace
}  // namespace sidecache::fill
