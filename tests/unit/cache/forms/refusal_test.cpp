#include "cache/forms/refusal.hpp"

#include "cache/forms/stored_form.hpp"
#include "tests/unit/cache/forms/composed.hpp"
#include "tests/unit/cache/forms/generated.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <optional>
#include <set>

namespace sidecache::forms {
namespace {

using testing::Composed;
using testing::moment;
using testing::resealed;

const std::string asked_key = Composed().key;

using Verdict = std::optional<Refusal>;
constexpr Verdict taken = std::nullopt;

Verdict verdict_on(std::string_view form, const FormLimits& limits = {}) {
    const std::string alone(form);  // of its own size, so that the sanitizer sees who reads beyond it
    const auto decoded = decode_response(alone, asked_key, moment(), limits);
    return decoded ? taken : Verdict(decoded.error());
}

Verdict verdict_with(const std::function<void(Composed&)>& change, const FormLimits& limits = {}) {
    Composed composed;
    change(composed);
    return verdict_on(composed.form(moment().wall), limits);
}

std::string sample() { return Composed().form(moment().wall); }

std::string with_octet(std::size_t at, unsigned octet, bool is_sealed) {
    std::string form = sample();
    form.at(at) = static_cast<char>(octet);
    return is_sealed ? resealed(std::move(form)) : form;
}

TEST(ARefusal, HasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (std::size_t each = 0; each < refusal_count; ++each) names.insert(name_of(static_cast<Refusal>(each)));
    EXPECT_EQ(names.size(), refusal_count);
    EXPECT_EQ(names.count(""), 0u);
    EXPECT_EQ(name_of(Refusal::older_version), "older_version");
}

TEST(AForm, IsReadAsItsPageHasIt) {
    EXPECT_EQ(verdict_on(sample()), taken);
    EXPECT_EQ(sample().substr(0, 7), std::string_view("\xD5SCF\x01\x01\x00", 7));
}

TEST(AForm, OfAnotherMakerIsForeign) {
    for (const std::string_view octets : {"x", "{\"json\": 1}", "\xD5SCX\x01\x01", "\x28\xB5\x2F\xFD"}) EXPECT_EQ(verdict_on(octets), Refusal::foreign);
}

TEST(AForm, OfAnotherVersionIsRefusedWhateverStandsBehindIt) {
    EXPECT_EQ(verdict_on(with_octet(4, version - 1, true)), Refusal::older_version);
    EXPECT_EQ(verdict_on(with_octet(4, version + 1, false)), Refusal::newer_version);
    EXPECT_EQ(verdict_on("\xD5SCF\xFF"), Refusal::newer_version);
}

TEST(AForm, OfAnotherKindIsRefused) {
    EXPECT_EQ(verdict_on(with_octet(5, static_cast<unsigned>(Kind::vary_mark), true)), Refusal::kind);
    EXPECT_EQ(verdict_on(with_octet(5, 77, true)), Refusal::kind);
    EXPECT_EQ(decode_vary_mark(sample(), asked_key).error(), Refusal::kind);
    EXPECT_EQ(decode_search_mark(sample(), asked_key).error(), Refusal::kind);
    EXPECT_EQ(*kind_of(sample()), Kind::response);
    EXPECT_EQ(kind_of(with_octet(5, 77, true)).error(), Refusal::kind);
    EXPECT_EQ(kind_of("x").error(), Refusal::foreign);
}

TEST(AForm, ThatSaysWhatThisVersionDoesNotKnowIsRefused) { EXPECT_EQ(verdict_on(with_octet(6, 8, true)), Refusal::flags); }

TEST(AForm, OfAnotherKeyIsRefused) {
    EXPECT_EQ(verdict_with([](Composed& form) { form.key += "/5"; }), Refusal::key);
    EXPECT_EQ(verdict_with([](Composed& form) { form.key.clear(); }), Refusal::key);
}

TEST(AForm, WhosePartsDoNotAddUpIsRefused) {
    EXPECT_EQ(verdict_on(sample() + "x"), Refusal::lengths);
    EXPECT_EQ(verdict_with([](Composed& form) { form.content += "!"; }), Refusal::lengths);
    EXPECT_EQ(verdict_with([](Composed& form) { form.content.pop_back(); }), Refusal::lengths);
    EXPECT_EQ(verdict_with([](Composed& form) { form.group_count = 3; }), Refusal::lengths);
    EXPECT_EQ(verdict_with([](Composed& form) { form.group_count = ~std::uint64_t{0}; }), Refusal::lengths);
    EXPECT_EQ(verdict_with([](Composed& form) { form.field_count = ~std::uint64_t{0}; }), Refusal::lengths);
    EXPECT_EQ(verdict_with([](Composed& form) { form.withheld = 3; }), Refusal::lengths);
    std::string wide = sample();  // the length of the key, in two octets where one is enough
    wide.replace(head_size, 1, {static_cast<char>(wide[head_size] | 0x80), '\0'});
    EXPECT_EQ(verdict_on(resealed(wide)), Refusal::lengths);
    wide.replace(head_size, 2, std::string(9, '\xFF') + "\x02");  // more than 64 bits
    EXPECT_EQ(verdict_on(resealed(wide)), Refusal::lengths);
}

TEST(AForm, OfNoFinalStatusIsRefused) {
    for (const std::uint64_t status : {0, 100, 199, 600, 1000, 1 << 30}) {
        EXPECT_EQ(verdict_with([status](Composed& form) { form.status = status; }), Refusal::status);
        EXPECT_EQ(verdict_with([status](Composed& form) { form.facts_status = status; }), Refusal::status);
    }
    EXPECT_EQ(verdict_with([](Composed& form) { form.status = (std::uint64_t{1} << 32) + 200; }), Refusal::status);
    EXPECT_EQ(verdict_with([](Composed& form) { form.status = 599; }), taken);
}

TEST(AForm, NeverGivesAHeadThatIsReadAsSomethingElse) {
    for (const char c : std::string_view("\r\n\0\x01\x1f\x7f", 6)) {
        for (const std::string& value : {std::string(1, c), std::string(20, 'v') + c, std::string(7, 'v') + c + std::string(20, '\t')}) {
            EXPECT_EQ(verdict_with([&](Composed& form) { form.fields[0].second = value; }), Refusal::field);
            EXPECT_EQ(verdict_with([&](Composed& form) { form.fields[0].first = value; }), Refusal::field);
            EXPECT_EQ(verdict_with([&](Composed& form) { form.reason = value; }), Refusal::field);
            EXPECT_EQ(verdict_with([&](Composed& form) { form.cache_control = value; }), Refusal::field);
            EXPECT_EQ(verdict_with([&](Composed& form) { form.etag = value; }), Refusal::field);
            EXPECT_EQ(verdict_with([&](Composed& form) { form.trailers = "X: " + value + "\r\n"; }), Refusal::field);
        }
    }
    for (const std::string_view name : {"", "a b", "a:", "\xE4", "(a)"}) EXPECT_EQ(verdict_with([&](Composed& form) { form.fields[1].first = name; }), Refusal::field);
    for (const std::string_view name : {"Content-Length", "transfer-encoding", "Connection", "Trailer", "Upgrade"}) {
        EXPECT_EQ(verdict_with([&](Composed& form) { form.fields[1].first = name; }), Refusal::field);
        EXPECT_EQ(verdict_with([&](Composed& form) { form.trailers = std::string(name) + ": 1\r\n"; }), Refusal::field);
    }
    for (const std::string_view trailers : {"X", "X: 1", "X: 1\n", "X:1\r\n", ": 1\r\n", "X 1\r\nY: 2\r\n", "X: 1\r\n\r\n", "X: 1\r\nY: 2"})
        EXPECT_EQ(verdict_with([&](Composed& form) { form.trailers = trailers; }), Refusal::field) << trailers;
    EXPECT_EQ(verdict_with([](Composed& form) { form.trailers = "X: 1\r\nY: \r\n"; }), taken);
    EXPECT_EQ(verdict_with([](Composed& form) { form.fields[0].second = "\xE4\t\"; ~"; }), taken);
}

TEST(AForm, WithholdsNamesAndNotLines) {
    EXPECT_EQ(verdict_with([](Composed& form) { form.fields = {{"Expires", "0"}, {"expires", "1"}}, form.withheld = 1; }), Refusal::field);
    EXPECT_EQ(verdict_with([](Composed& form) { form.fields = {{"Expires", "0"}, {"expires", "1"}}, form.withheld = 2; }), taken);
}

TEST(AForm, WithANumberThatNoResponseHasIsRefused) {
    constexpr std::uint64_t beyond = (std::uint64_t{1} << 40) + 1;
    for (std::size_t duration = 0; duration < 5; ++duration) EXPECT_EQ(verdict_with([=](Composed& form) { form.durations[duration] = beyond; }), Refusal::range);
    EXPECT_EQ(verdict_with([](Composed& form) { form.age_value = (std::uint64_t{1} << 31) + 1; }), Refusal::range);
    EXPECT_EQ(verdict_with([](Composed& form) { form.source = 6; }), Refusal::range);
    EXPECT_EQ(verdict_with([](Composed& form) { form.bits = 512; }), Refusal::range);
    for (const std::int64_t far : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
        EXPECT_EQ(verdict_with([far](Composed& form) { form.response_age = far; }), Refusal::range);
        EXPECT_EQ(verdict_with([far](Composed& form) { form.date_age = far; }), Refusal::range);
        EXPECT_EQ(verdict_with([far](Composed& form) { form.bits = 256, form.last_modified_age = far; }), Refusal::range);
        EXPECT_EQ(verdict_with([far](Composed& form) { form.flags = has_recheck, form.recheck_in = far; }), Refusal::range);
    }
    EXPECT_EQ(verdict_with([](Composed& form) { form.begun_age = ~std::uint64_t{0}; }), Refusal::range);
    std::string form = sample();
    form.at(18) = '\x7F';  // the last octet of when it was written
    EXPECT_EQ(verdict_on(resealed(form)), Refusal::range);
}

TEST(AForm, WhoseContentCannotBeDecompressedToItsSizeIsRefused) {
    EXPECT_EQ(verdict_with([](Composed& form) { form.flags = is_compressed; }), Refusal::content);
    std::string frame;
    ASSERT_TRUE(append_compressed(frame, std::string(1000, 'x'), 1));
    const auto with_frame = [](const std::string& octets, std::uint64_t size) {
        return verdict_with([&](Composed& form) { form.flags = is_compressed, form.content = octets, form.size = size; });
    };
    EXPECT_EQ(with_frame(frame, 1000), taken);
    for (const std::uint64_t size : {0, 999, 1001}) EXPECT_EQ(with_frame(frame, size), Refusal::content);
    EXPECT_EQ(with_frame(frame + frame, 1000), Refusal::content);
    EXPECT_EQ(with_frame(frame + frame, 2000), Refusal::content);
    EXPECT_EQ(with_frame(frame + "x", 1000), Refusal::content);
    for (std::size_t size = 0; size < frame.size(); ++size) EXPECT_EQ(with_frame(frame.substr(0, size), 1000), Refusal::content);
}

TEST(AForm, IsNoLargerThanItsReaderAllows) {
    const auto none = [](Composed&) {};
    EXPECT_EQ(verdict_with(none, {.content = 5}), taken);
    EXPECT_EQ(verdict_with(none, {.content = 4}), Refusal::too_large);
    EXPECT_EQ(verdict_with(none, {.groups = 2}), taken);
    EXPECT_EQ(verdict_with(none, {.groups = 1}), Refusal::too_large);
    EXPECT_EQ(verdict_with(none, {.fields = 2}), taken);
    EXPECT_EQ(verdict_with(none, {.fields = 1}), Refusal::too_large);
    const std::size_t head = std::string_view("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: d\r\n").size();
    EXPECT_EQ(verdict_with(none, {.head = head}), taken);
    EXPECT_EQ(verdict_with(none, {.head = head - 1}), Refusal::too_large);
    EXPECT_EQ(verdict_with([](Composed& form) { form.cache_control = std::string(100, 'x'); }, {.head = 99}), Refusal::too_large);
    EXPECT_EQ(verdict_with([](Composed& form) { form.trailers = "X: " + std::string(100, 'x') + "\r\n"; }, {.head = 99}), Refusal::too_large);
    std::string frame;
    ASSERT_TRUE(append_compressed(frame, std::string(1000, 'x'), 1));
    EXPECT_EQ(verdict_with([&](Composed& form) { form.flags = is_compressed, form.content = frame, form.size = 1000; }, {.content = 999}), Refusal::too_large);
    EXPECT_EQ(verdict_with([&](Composed& form) { form.flags = is_compressed, form.content = frame, form.size = std::uint64_t{1} << 40; }, {.content = std::size_t{1} << 50}), Refusal::too_large);
}

}  // namespace
}  // namespace sidecache::forms
