#include "cache/forms/stored_form.hpp"
#include "tests/unit/cache/forms/composed.hpp"
#include "tests/unit/cache/forms/described.hpp"
#include "tests/unit/cache/forms/generated.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace sidecache::forms {
namespace {

using testing::Composed;
using testing::described;
using testing::moment;
using testing::resealed;

const std::string asked_key = Composed().key;

std::optional<Refusal> verdict_on(std::string_view form) {
    const std::string alone(form);  // of its own size, so that the sanitizer sees who reads beyond it
    const auto decoded = decode_response(alone, asked_key, moment());
    return decoded ? std::nullopt : std::optional(decoded.error());
}

// One with a part of each kind, and one that is compressed.
std::vector<std::string> samples() {
    Composed composed;
    composed.flags = has_recheck;
    composed.bits = 511;
    composed.cache_control = "private, no-cache";
    composed.etag = "\"sc-1\"";
    composed.fields.emplace_back("Cache-Control", "public");
    composed.field_count = 3;
    composed.withheld = 1;
    composed.trailers = "Digest: x\r\n";
    std::vector<std::string> forms{composed.form(moment().wall), ""};
    composed.content = std::string(1500, 'a') + std::string(1500, 'b');
    composed.size = 3000;
    EXPECT_TRUE(append_form(forms[1], *decode_response(composed.form(moment().wall), asked_key, moment()).value(), moment()));
    EXPECT_LT(forms[1].size(), 500u);
    return forms;
}

TEST(ADamagedForm, IsTruncatedWhereverItIsCut) {
    for (const std::string& form : samples()) {
        ASSERT_FALSE(verdict_on(form).has_value());
        for (std::size_t size = 0; size < form.size(); ++size) ASSERT_EQ(verdict_on(form.substr(0, size)), Refusal::truncated) << size;
    }
}

TEST(ADamagedForm, IsRefusedWhicheverOctetIsAnother) {
    for (const std::string& form : samples()) {
        for (std::size_t at = 0; at < form.size(); ++at) {
            for (unsigned flip = 1; flip < 256; ++flip) {
                std::string changed = form;
                changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ flip);
                const auto verdict = verdict_on(changed);
                ASSERT_TRUE(verdict.has_value()) << at;
                ASSERT_TRUE(at < head_size || verdict == Refusal::damaged) << at;
            }
        }
    }
}

// A damaged one could hardly have the right checksum; one that somebody made could.
TEST(AForgedForm, IsRefusedOrStandsForSomethingThatIsStoredAsItIs) {
    std::size_t read = 0;
    for (const std::string& form : samples()) {
        for (std::size_t at = 0; at < form.size() - checksum_size; ++at) {
            for (unsigned flip = 1; flip < 256; ++flip) {
                std::string changed = form;
                changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ flip);
                changed = resealed(std::move(changed));
                const FormLimits limits{.clock_error = std::chrono::nanoseconds(0)};
                const auto decoded = decode_response(changed, asked_key, moment(), limits);
                if (!decoded) continue;
                ++read;
                std::string again;
                ASSERT_TRUE(append_form(again, **decoded, moment())) << at;
                ASSERT_EQ(described(*decode_response(again, asked_key, moment(), limits).value()), described(**decoded)) << at;
            }
        }
    }
    EXPECT_GT(read, 10'000u);
}

}  // namespace
}  // namespace sidecache::forms
