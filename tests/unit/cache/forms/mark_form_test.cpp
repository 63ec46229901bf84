#include "cache/forms/stored_form.hpp"

#include "cache/forms/octet_writer.hpp"
#include "tests/unit/cache/forms/composed.hpp"
#include "tests/unit/cache/forms/described.hpp"
#include "tests/unit/cache/forms/generated.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace sidecache::forms {
namespace {

using fill::SearchMark;
using fill::VaryMark;
using http::NoVarySearch;
using policy::VarySpec;
using testing::described;
using testing::moment;

const std::string key = "GET\norigin\napi.example\n/patients";
const memory::Time until = moment().wall + std::chrono::hours(1);

VarySpec spec_of(std::vector<std::string> names) {
    VarySpec spec{std::move(names), {}};
    for (const std::string& name : spec.names) spec.ids.push_back(http::field_name(name));
    return spec;
}

boost::intrusive_ptr<VaryMark> vary_mark(std::vector<VarySpec> specs) { return memory::make_entry<VaryMark>(policy::hash_key(key), key, until, std::move(specs), std::vector<policy::Hash128>{{1, 2}}); }
boost::intrusive_ptr<SearchMark> search_mark(std::vector<NoVarySearch> specs) { return memory::make_entry<SearchMark>(policy::hash_key(key), key, until, std::move(specs)); }

std::string form_of(const auto& mark) {
    std::string form;
    EXPECT_TRUE(append_form(form, *mark, moment()));
    return form;
}

const auto vary = vary_mark({spec_of({"accept"}), spec_of({"accept-language", "cookie", "x-other"})});
const auto search = search_mark({{false, {"", "page", "\xC3\xA4 b"}}, {true, {}}});

TEST(AMark, OfVaryIsReadAsItWasWrittenButForItsVariants) {
    const auto decoded = decode_vary_mark(form_of(vary), key).value();
    EXPECT_EQ(described(*decoded), described(*vary));
    EXPECT_TRUE(decoded->variants().empty());
}

TEST(AMark, OfNoVarySearchIsReadAsItWasWritten) { EXPECT_EQ(described(*decode_search_mark(form_of(search), key).value()), described(*search)); }

TEST(AMark, TellsItsKindBeforeItIsRead) {
    EXPECT_EQ(*kind_of(form_of(vary)), Kind::vary_mark);
    EXPECT_EQ(*kind_of(form_of(search)), Kind::search_mark);
}

TEST(AMark, OfAnotherKindOrKeyIsRefused) {
    EXPECT_EQ(decode_vary_mark(form_of(search), key).error(), Refusal::kind);
    EXPECT_EQ(decode_search_mark(form_of(vary), key).error(), Refusal::kind);
    EXPECT_EQ(decode_response(form_of(vary), key, moment()).error(), Refusal::kind);
    EXPECT_EQ(decode_vary_mark(form_of(vary), key + "/").error(), Refusal::key);
    EXPECT_EQ(decode_search_mark(form_of(search), "").error(), Refusal::key);
}

TEST(AMark, ThatLeadsNowhereIsNeitherWrittenNorRead) {
    std::string form;
    EXPECT_FALSE(append_form(form, *vary_mark({}), moment()));
    EXPECT_FALSE(append_form(form, *search_mark({}), moment()));
    EXPECT_TRUE(form.empty());
}

std::string composed(Kind kind, const std::function<void(OctetWriter&)>& write_specs, std::uint64_t kept_until = 1) {
    std::string form;
    const std::size_t begin = begin_form(form, kind, 0, moment().wall);
    OctetWriter writer(form);
    writer.text(key);
    writer.varint(kept_until);
    write_specs(writer);
    EXPECT_TRUE(end_form(form, begin));
    return form;
}

// One spec of these names.
std::string composed_vary(std::vector<std::string> names) {
    return composed(Kind::vary_mark, [&](OctetWriter& writer) {
        writer.varint(1);
        writer.varint(names.size());
        for (const std::string& name : names) writer.text(name);
    });
}

TEST(AMark, WithASpecThatNoResponseGivesIsRefused) {
    EXPECT_TRUE(decode_vary_mark(composed_vary({"accept", "cookie"}), key).has_value());
    for (const std::vector<std::string>& names : {std::vector<std::string>{}, {""}, {"Accept"}, {"a b"}, {"cookie", "accept"}, {"accept", "accept"}, {"x\r\ny"}})
        EXPECT_EQ(decode_vary_mark(composed_vary(names), key).error(), Refusal::spec);
    const auto no_specs = [](OctetWriter& writer) { writer.varint(0); };
    EXPECT_EQ(decode_vary_mark(composed(Kind::vary_mark, no_specs), key).error(), Refusal::spec);
    EXPECT_EQ(decode_search_mark(composed(Kind::search_mark, no_specs), key).error(), Refusal::spec);
    const auto meaningless = [](OctetWriter& writer) { writer.varint(1), writer.octet(2), writer.varint(0); };
    EXPECT_EQ(decode_search_mark(composed(Kind::search_mark, meaningless), key).error(), Refusal::spec);
}

TEST(AMark, WhosePartsDoNotAddUpIsRefused) {
    const auto more = [](OctetWriter& writer) { writer.varint(1), writer.octet(1), writer.varint(0), writer.octet(0); };
    EXPECT_EQ(decode_search_mark(composed(Kind::search_mark, more), key).error(), Refusal::lengths);
    const auto too_many = [](OctetWriter& writer) { writer.varint(~std::uint64_t{0}), writer.octet(1), writer.varint(0); };
    EXPECT_EQ(decode_search_mark(composed(Kind::search_mark, too_many), key).error(), Refusal::lengths);
    EXPECT_EQ(decode_search_mark(composed(Kind::search_mark, [](OctetWriter& writer) { writer.varint(1), writer.octet(1), writer.varint(0); }, ~std::uint64_t{0}), key).error(), Refusal::range);
}

TEST(AMark, IsNoLargerThanItsReaderAllows) {
    const std::string form = form_of(vary);
    EXPECT_TRUE(decode_vary_mark(form, key, {.head = form.size(), .fields = 3, .specs = 2}).has_value());
    EXPECT_EQ(decode_vary_mark(form, key, {.head = form.size() - 1}).error(), Refusal::too_large);
    EXPECT_EQ(decode_vary_mark(form, key, {.fields = 2}).error(), Refusal::too_large);
    EXPECT_EQ(decode_vary_mark(form, key, {.specs = 1}).error(), Refusal::too_large);
}

TEST(AMark, OfWhichAnyOctetIsAnotherOrMissingIsRefused) {
    for (const std::string& form : {form_of(vary), form_of(search)}) {
        for (std::size_t at = 0; at < form.size(); ++at) {
            ASSERT_EQ(decode_vary_mark(form.substr(0, at), key).error(), Refusal::truncated);
            ASSERT_EQ(decode_search_mark(form.substr(0, at), key).error(), Refusal::truncated);
            for (unsigned flip = 1; flip < 256; ++flip) {
                std::string changed = form;
                changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ flip);
                ASSERT_TRUE(decode_vary_mark(changed, key).has_error());
                ASSERT_TRUE(decode_search_mark(changed, key).has_error());
                if (at + checksum_size >= form.size()) continue;
                changed = testing::resealed(changed);
                if (const auto decoded = decode_vary_mark(changed, key)) {
                    ASSERT_EQ(described(*decode_vary_mark(form_of(*decoded), key).value()), described(**decoded));
                }
                if (const auto decoded = decode_search_mark(changed, key)) {
                    ASSERT_EQ(described(*decode_search_mark(form_of(*decoded), key).value()), described(**decoded));
                }
            }
        }
    }
}

}  // namespace
}  // namespace sidecache::forms
