#include "cache/memory/shard.hpp"
#include "tests/unit/cache/fill/responses.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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
    const UnpackedResponse view = response->view();
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

std::string text_of(http::HeaderView fields) {
    std::string text;
    for (const http::Field& field : fields) text.append(field.name).append(": ").append(field.value).append("\n");
    return text;
}

TEST(AStoredResponse, IsSentAsItIsJudgedUnlessItIsSaidOtherwise) {
    const auto response = make_stored(Content::make_complete("x"), Fields{{"ETag", "\"1\""}, {"Expires", "0"}}, {});
    EXPECT_EQ(text_of(response->sent().fields), text_of(response->view().fields));
    EXPECT_TRUE(response->sent().names.has(http::FieldName::expires));
}

// Fields that are judged and sent differ in Cache-Control and Expires, which come from a route; `etag`: and in a tag.
StoredAs for_clients(std::string etag) {
    StoredAs as;
    as.clients.withheld = http::FieldSet::of(http::FieldName::cache_control, http::FieldName::expires);
    as.clients.cache_control = "private, no-cache";
    as.clients.etag = std::move(etag);
    return as;
}
const Fields for_everybody{{"Cache-Control", "public"}, {"Date", "d"}, {"Expires", "0"}, {"Cache-Control", "max-age=60"}, {"Vary", "Accept"}};

TEST(AStoredResponse, KeepsWhatIsJudgedApartFromWhatIsSent) {
    const auto response = make_stored(Content::make_complete("x"), for_everybody, for_clients("\"sc-1\""));
    const std::string fields = "Cache-Control: private, no-cache\r\nETag: \"sc-1\"\r\nDate: d\r\nVary: Accept\r\n";
    EXPECT_EQ(response->head(), "HTTP/1.1 200 OK\r\n" + fields);
    EXPECT_EQ(text_of(response->sent().fields), "Cache-Control: private, no-cache\nETag: \"sc-1\"\nDate: d\nVary: Accept\n");
    EXPECT_EQ(text_of(response->view().fields), "Date: d\nVary: Accept\nCache-Control: public\nExpires: 0\nCache-Control: max-age=60\n");
    EXPECT_TRUE(response->sent().names.has(http::FieldName::etag));
    EXPECT_FALSE(response->sent().names.has(http::FieldName::expires));
    EXPECT_FALSE(response->view().names.has(http::FieldName::etag));
    EXPECT_TRUE(response->view().names.has(http::FieldName::expires));
    EXPECT_EQ(response->view().status, 200);
    EXPECT_EQ(response->sent().status, 200);
}

TEST(AStoredResponse, MayAddOrWithholdAlone) {
    StoredAs added;
    added.clients.etag = "\"sc-1\"";
    const auto tagged = make_stored(Content::make_complete("x"), Fields{{"Date", "d"}}, added);
    EXPECT_EQ(tagged->head(), "HTTP/1.1 200 OK\r\nETag: \"sc-1\"\r\nDate: d\r\n");
    EXPECT_EQ(text_of(tagged->view().fields), "Date: d\n");
    StoredAs withheld;
    withheld.clients.withheld.insert(http::FieldName::date);
    const auto bare = make_stored(Content::make_complete("x"), Fields{{"Date", "d"}}, withheld);
    EXPECT_EQ(bare->head(), "HTTP/1.1 200 OK\r\n");
    EXPECT_EQ(text_of(bare->view().fields), "Date: d\n");
    EXPECT_TRUE(bare->sent().fields.empty());
}

TEST(AStoredResponse, MayBeMadeOfAnotherThatIsSentOtherwise) {
    StoredAs as = for_clients("");
    as.key = "key";
    as.fill_number = 7;
    as.groups = {3, 4};
    as.stamp.epoch = 5;
    const auto untagged = make_stored(Content::make_complete("x"), for_everybody, as);
    as.clients.etag = "\"sc-1\"";
    const StoredResponsePtr tagged = untagged->with(as.clients);
    const auto same = make_stored(untagged->content(), for_everybody, as);
    EXPECT_EQ(tagged->head(), same->head());
    EXPECT_EQ(text_of(tagged->view().fields), text_of(untagged->view().fields));
    EXPECT_EQ(tagged->content(), untagged->content());
    EXPECT_EQ(tagged->key(), "key");
    EXPECT_EQ(tagged->fill_number(), 7u);
    EXPECT_TRUE(std::ranges::equal(tagged->groups(), untagged->groups()));
    EXPECT_EQ(tagged->stamp().epoch, 5u);
    EXPECT_EQ(tagged->facts().lifetime, untagged->facts().lifetime);
    EXPECT_EQ(tagged->charge(), same->charge());
    const StoredResponsePtr bare = make_stored(Content::make_complete(""), {}, {})->with(as.clients);
    EXPECT_EQ(bare->head(), "HTTP/1.1 200 OK\r\nCache-Control: private, no-cache\r\nETag: \"sc-1\"\r\n");
}

TEST(AStoredResponse, OfAnotherEpochHasTheTagForClientsButOfAnotherContentNone) {
    const auto tagged = make_stored(Content::make_complete("x"), for_everybody, for_clients("\"sc-1\""));
    epochs::Stamp later;
    later.epoch = 9;
    const StoredResponsePtr renewed = tagged->with(later);
    EXPECT_EQ(renewed->stamp().epoch, 9u);
    EXPECT_EQ(renewed->head(), tagged->head());
    EXPECT_EQ(text_of(renewed->view().fields), text_of(tagged->view().fields));
    const StoredResponsePtr other = tagged->with(Content::make_complete("y"));
    EXPECT_EQ(other->head(), make_stored(Content::make_complete("y"), for_everybody, for_clients(""))->head());
    EXPECT_EQ(text_of(other->view().fields), text_of(tagged->view().fields));
}

TEST(AStoredResponse, ChargesForWhatOnlyClientsGetAndForWhatTheyDoNot) {
    const std::string large(5'000, 'x');
    const Fields fields{{"Expires", large}, {"X-Large", large}};
    const auto plain = make_stored(Content::make_complete(""), fields, {});
    EXPECT_GE(plain->charge(), make_stored(Content::make_complete(""), {}, {})->charge() + 10'000);
    const auto as = for_clients(large);
    const auto told_otherwise = make_stored(Content::make_complete(""), fields, as);
    EXPECT_GE(told_otherwise->charge(), plain->charge() + 5'000);
    EXPECT_LT(told_otherwise->charge(), plain->charge() + 6'000);  // what both get is kept once
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

// benchmarks/RESULTS.md: what a stored response costs.
TEST(AStoredResponse, TakesLittleBesideItsHeadContentKeyAndGroups) {
    const Fields fields{{"Date", "value"}, {"Server", "value"}, {"Content-Type", "value"}, {"Vary", "value"}, {"Allow", "value"}, {"X-Frame-Options", "value"},
                        {"X-Content-Type-Options", "value"}, {"Referrer-Policy", "value"}, {"ETag", "value"}, {"Cache-Control", "value"}, {"Cache-Groups", "value"}, {"X-Query-Count", "value"}};
    StoredAs as;
    as.groups = {1, 2, 3, 4, 5, 6, 7, 8};
    const std::string content(1'000, 'x');
    const auto response = packed(make_stored(Content::make_complete(content), fields, as));
    const std::size_t own = response->key().size() + response->head().size() + content.size() + response->groups().size_bytes();
    EXPECT_LE(response->charge() + memory::index_overhead - own, 200u);
}

// All that can be asked of one, but where its content stands.
void expect_same(const StoredResponse& a, const StoredResponse& b) {
    EXPECT_EQ(a.key(), b.key());
    EXPECT_EQ(a.place(), b.place());
    EXPECT_EQ(a.kept_until(), b.kept_until());
    EXPECT_EQ(a.head(), b.head());
    EXPECT_EQ(text_of(a.view().fields), text_of(b.view().fields));
    EXPECT_EQ(text_of(a.sent().fields), text_of(b.sent().fields));
    EXPECT_TRUE(std::ranges::equal(a.groups(), b.groups()));
    EXPECT_EQ(a.fill_number(), b.fill_number());
    EXPECT_EQ(a.stamp().epoch, b.stamp().epoch);
    EXPECT_EQ(a.has_made_tag(), b.has_made_tag());
    EXPECT_EQ(a.content_size(), b.content_size());
    std::string room_a;
    std::string room_b;
    EXPECT_EQ(a.whole_content(room_a), b.whole_content(room_b));
}

TEST(APackedResponse, IsTheSameWithItsContentInIt) {
    auto as = for_clients("\"sc-1\"");
    as.stamp.epoch = 7;
    as.fill_number = 8;
    as.groups = {3, 4};
    for (const std::string& content : {std::string(), std::string("x"), std::string(largest_packed, 'x')}) {
        const auto made = make_stored(Content::make_complete(content), for_everybody, as);
        made->mark_unasked();
        const auto response = packed(made);
        ASSERT_EQ(response->content(), nullptr);
        expect_same(*response, *made);
        EXPECT_TRUE(response->is_unasked());
        EXPECT_TRUE(response->is_whole());
        EXPECT_EQ(response->bytes_from(0), content);
        EXPECT_EQ(response->bytes_from(content.size()), "");
        EXPECT_EQ(response->bytes_from(content.size() + 1), "");
        EXPECT_EQ(packed(response), response) << "once is enough";
        EXPECT_LT(response->charge(), made->charge());
        expect_same(*response->with(as.clients), *response);
        EXPECT_EQ(response->with(as.stamp)->packed_content(), content);
    }
}

TEST(APackedResponse, IsJoinedOfPieces) {
    const ContentPtr content(new Content({}, std::nullopt, true));
    content->append(std::string(4'096, 'a'));
    content->append(std::string(5'000, 'b'));
    const auto made = make_stored(content, {}, {});
    EXPECT_EQ(packed(made), made) << "it still arrives";
    content->complete({});
    ASSERT_GT(content->chunks().size(), 1u);
    EXPECT_EQ(packed(made)->bytes_from(0), std::string(4'096, 'a') + std::string(5'000, 'b'));
}

TEST(APackedResponse, IsNotMadeOfWhatIsLargeHasTrailersOrIsNotKept) {
    const auto large = make_stored(Content::make_complete(std::string(largest_packed + 1, 'x')), {}, {});
    EXPECT_EQ(packed(large), large);
    const ContentPtr content(new Content({}, 1, true));
    content->append("x");
    content->complete("Digest: x\r\n");
    const auto with_trailers = make_stored(content, {}, {});
    EXPECT_EQ(packed(with_trailers), with_trailers);
    const ContentPtr passing(new Content({}, 1, false, 1));
    passing->append("x");
    passing->complete({});
    const auto unkept = make_stored(passing, {}, {});
    EXPECT_EQ(packed(unkept), unkept);
}

// RFC 9110 §5.5: it would end the line for whoever reads the head.
TEST(AStoredResponse, HasNoLineFeedWithinAField) {
    const auto response = make_stored(Content::make_complete(""), Fields{{"X-Odd", "a\nSet-Cookie: b"}, {"Date", "d"}}, {});
    EXPECT_EQ(text_of(response->view().fields), "X-Odd: a Set-Cookie: b\nDate: d\n");
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
    const auto make = [](std::size_t variants) {
        const std::vector<policy::VarySpec> specs{{{"accept"}, {http::FieldName::accept}}};
        return memory::make_entry<VaryMark>({1, 2}, "key", memory::Time{}, specs, std::vector<policy::Hash128>(variants));
    };
    EXPECT_EQ(make(0)->kind(), Filed::Kind::vary_mark);
    EXPECT_GE(make(100)->charge(), make(0)->charge() + 100 * sizeof(policy::Hash128));
}

}  // namespace
}  // namespace sidecache::fill
