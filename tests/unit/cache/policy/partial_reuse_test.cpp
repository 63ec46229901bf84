#include "cache/policy/partial.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace sidecache::policy {
namespace {

using http::ByteRange;
using testing::Fields;
using testing::make_request;
using testing::make_response;

const Time received = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{12};
constexpr std::string_view noon = "Sat, 21 Nov 2026 12:00:00 GMT";

ResponseFacts facts_of(const http::ResponseView& response) { return assess_response(response, {}, received, received); }

// The answer as text: "206 0-4/10", "multipart 0-0 9-9/10", "ask bytes=5-", "pass".
std::string text_of(const PartialDecision& decision) {
    switch (decision.use) {
        case PartialUse::pass:
            return "pass";
        case PartialUse::ask: {
            std::string text = "ask ";
            http::append_range(text, {&decision.ask, 1});
            return text;
        }
        case PartialUse::answer:
            break;
    }
    std::string text = decision.answer.answer == RangeAnswer::single     ? "206"
                       : decision.answer.answer == RangeAnswer::multiple ? "multipart"
                                                                         : "wrong";
    for (const ByteRange& range : decision.answer.ranges)
        text += " " + std::to_string(range.first) + "-" + std::to_string(range.last);
    const auto length = decision.answer.complete_length;
    return text + "/" + (length ? std::to_string(*length) : "*");
}

Held held_of(std::initializer_list<ByteRange> ranges, std::optional<std::uint64_t> complete_length) {
    Held held;
    for (const ByteRange& range : ranges) EXPECT_TRUE(add(held, {range, complete_length}));
    return held;
}

std::string decide(const Fields& request, const Held& held, const Fields& stored = {{"ETag", "\"1\""}},
                   std::string_view method = "GET") {
    const auto response = make_response(200, stored);
    return text_of(decide_partial(make_request(method, "/", request), response, facts_of(response), held));
}

struct PartialCase {
    std::string_view range, decision;
};

// RFC 9111 §3.3
TEST(PartialReuse, IsForRangesWhollyWithinWhatIsHeld) {
    const Held held = held_of({{0, 99}, {200, 299}, {900, 999}}, 1000);
    constexpr PartialCase cases[] = {
        {"bytes=0-99", "206 0-99/1000"},
        {"bytes=10-10", "206 10-10/1000"},
        {"bytes=-100", "206 900-999/1000"},
        {"bytes=-1", "206 999-999/1000"},
        {"bytes=950-", "206 950-999/1000"},
        {"bytes=950-5000", "206 950-999/1000"},
        {"bytes=0-0,-1", "multipart 0-0 999-999/1000"},
        {"bytes=0-9,20-29", "multipart 0-9 20-29/1000"},
        {"bytes=-1,0-9,10-19", "multipart 999-999 0-19/1000"},
        {"bytes=250-260,5000-", "206 250-260/1000"},
        {"bytes=0-100", "ask bytes=100-100"},
        {"bytes=50-249", "ask bytes=100-199"},
        {"bytes=100-249", "ask bytes=100-199"},
        {"bytes=0-", "ask bytes=100-899"},
        {"bytes=-150", "ask bytes=850-899"},
        {"bytes=0-299,400-401", "ask bytes=100-401"},  // two gaps, one request
        {"bytes=0-9,400-409", "ask bytes=400-409"},
        {"bytes=100-199", "pass"},      // nothing of it is here
        {"bytes=90-109,-110", "pass"},  // the gaps are far apart: one request would bring too much
        {"bytes=1000-", "pass"},        // §3.3: not even a 416
        {"bytes=-0", "pass"},
        {"items=0-1", "pass"},
        {"bytes=5-2", "pass"},
    };
    for (const PartialCase& c : cases) EXPECT_EQ(decide({{"Range", c.range}}, held), c.decision) << c.range;
}

TEST(PartialReuse, WithoutACompleteLengthIsForRangesThatNeedNoEnd) {
    const Held held = held_of({{0, 99}, {200, 299}}, std::nullopt);
    constexpr PartialCase cases[] = {
        {"bytes=0-99", "206 0-99/*"},
        {"bytes=0-0,250-299", "multipart 0-0 250-299/*"},
        {"bytes=50-149", "ask bytes=100-149"},
        {"bytes=250-99999999999999999999", "ask bytes=300-"},
        {"bytes=50-", "pass"},
        {"bytes=-1", "pass"},
        {"bytes=0-0,-1", "pass"},
        {"bytes=300-400", "pass"},
    };
    for (const PartialCase& c : cases) EXPECT_EQ(decide({{"Range", c.range}}, held), c.decision) << c.range;
}

// RFC 9111 §3.3: completed by a range request, never sent as if it were complete.
TEST(PartialReuse, OfAGetForAllOfItAsksForTheRest) {
    EXPECT_EQ(decide({}, held_of({{0, 4}}, 10)), "ask bytes=5-");
    EXPECT_EQ(decide({}, held_of({{5, 9}}, 10)), "ask bytes=0-4");
    EXPECT_EQ(decide({}, held_of({{0, 4}, {8, 9}}, 10)), "ask bytes=5-7");
    EXPECT_EQ(decide({}, held_of({{0, 1}, {4, 5}, {8, 9}}, 10)), "ask bytes=2-7");
    EXPECT_EQ(decide({}, held_of({{3, 5}}, 10)), "pass");
    EXPECT_EQ(decide({}, held_of({{0, 4}}, std::nullopt)), "ask bytes=5-");
    EXPECT_EQ(decide({}, held_of({{0, 4}, {8, 9}}, std::nullopt)), "ask bytes=5-");
    EXPECT_EQ(decide({}, held_of({{3, 5}}, std::nullopt)), "pass");
    EXPECT_EQ(decide({}, Held{}), "pass");
}

TEST(PartialReuse, AsksForNothingThatCouldNotBeCombined) {
    const Held held = held_of({{0, 4}}, 10);
    for (const Fields& stored : {Fields{}, Fields{{"ETag", "W/\"1\""}}, Fields{{"Date", noon}, {"Last-Modified", noon}}}) {
        EXPECT_EQ(decide({}, held, stored), "pass");
        EXPECT_EQ(decide({{"Range", "bytes=0-6"}}, held, stored), "pass");
        EXPECT_EQ(decide({{"Range", "bytes=0-3"}}, held, stored), "206 0-3/10");  // by itself it may be reused
    }
}

// RFC 9111 §4.3.2, RFC 9110 §13.1.5
TEST(PartialReuse, IsNotForAnotherVersionThanIfRangeNames) {
    const Held held = held_of({{0, 4}}, 10);
    EXPECT_EQ(decide({{"Range", "bytes=0-1"}, {"If-Range", "\"1\""}}, held), "206 0-1/10");
    EXPECT_EQ(decide({{"Range", "bytes=0-5"}, {"If-Range", "\"1\""}}, held), "ask bytes=5-5");
    EXPECT_EQ(decide({{"Range", "bytes=0-1"}, {"If-Range", "\"2\""}}, held), "pass");
    EXPECT_EQ(decide({{"Range", "bytes=0-5"}, {"If-Range", "W/\"1\""}}, held), "pass");
}

// RFC 9110 §14.2
TEST(PartialReuse, IsForGetAlone) {
    for (const std::string_view method : {"HEAD", "POST", "OPTIONS"}) {
        EXPECT_EQ(decide({{"Range", "bytes=0-1"}}, held_of({{0, 4}}, 10), {{"ETag", "\"1\""}}, method), "pass") << method;
        EXPECT_EQ(decide({}, held_of({{0, 4}}, 10), {{"ETag", "\"1\""}}, method), "pass") << method;
    }
}

// A representation that arrives piece by piece, from an origin that answers each range exactly.
class Arriving {
public:
    Arriving(std::uint64_t length, bool says_length)
        : came_(length, '.'), said_(says_length ? std::optional(length) : std::nullopt) {}

    void receive(const ByteRange& range) {
        ASSERT_TRUE(add(held_, {range, said_}));
        for (std::uint64_t at = range.first; at <= range.last; ++at) came_.at(at) = 'x';
    }
    PartialDecision decide(const Fields& request) const {
        const Fields stored{{"ETag", "\"1\""}};
        const auto response = make_response(200, stored);
        return decide_partial(make_request("GET", "/", request), response, facts_of(response), held_);
    }
    bool has(const ByteRange& range) const {
        return came_.substr(range.first, range.length()) == std::string(range.length(), 'x');
    }
    std::uint64_t length() const { return came_.size(); }
    bool says_length() const { return said_.has_value(); }
    const Held& held() const { return held_; }

private:
    std::string came_;
    std::optional<std::uint64_t> said_;
    Held held_;
};

std::string any_range(std::mt19937_64& random, std::uint64_t length) {
    std::string value = "bytes=";
    for (std::size_t specs = 1 + random() % 3; specs > 0; --specs) {
        const std::uint64_t first = random() % length;
        value += std::to_string(first) + "-" + std::to_string(first + random() % length) + ",";
    }
    return value;
}

// Asks once: the answer brings what was missing, and nothing at its ends that is here already.
void ask_and_decide_again(Arriving& arriving, const Fields& request, const http::RangeSpec& ask) {
    const auto range = http::resolve(ask, arriving.length());
    if (!range) return;  // past an end that only the origin knew
    EXPECT_FALSE(arriving.has({range->first, range->first}));
    if (arriving.says_length()) {
        EXPECT_FALSE(arriving.has({range->last, range->last}));
    }
    arriving.receive(*range);
    if (!arriving.says_length()) return;
    if (request.view().empty()) {
        EXPECT_TRUE(arriving.held().is_complete());
    } else {
        EXPECT_EQ(arriving.decide(request).use, PartialUse::answer);
    }
}

TEST(PartialReuse, AnswersOnlyWithBytesThatCameAndAsksForThoseThatDidNot) {
    std::mt19937_64 random(20261121);
    int uses[3] = {};
    Arriving arriving(1, true);
    for (int round = 0; round < 16000 && !::testing::Test::HasFailure(); ++round) {
        if (round % 8 == 0) arriving = Arriving(1 + random() % 60, random() % 4 != 0);
        const std::string value = any_range(random, arriving.length());
        SCOPED_TRACE(value + " of " + std::to_string(arriving.length()));
        const Fields request = random() % 5 == 0 ? Fields{} : Fields{{"Range", value}};
        const PartialDecision decision = arriving.decide(request);
        ++uses[static_cast<int>(decision.use)];
        switch (decision.use) {
            case PartialUse::answer:
                for (const ByteRange& range : decision.answer.ranges) EXPECT_TRUE(arriving.has(range));
                break;
            case PartialUse::ask:
                ask_and_decide_again(arriving, request, decision.ask);
                break;
            case PartialUse::pass: {
                const std::uint64_t first = random() % arriving.length();
                arriving.receive({first, std::min(arriving.length() - 1, first + random() % 10)});
                break;
            }
        }
        EXPECT_EQ(arriving.held().is_complete(), arriving.says_length() && arriving.has({0, arriving.length() - 1}));
    }
    for (const int count : uses) EXPECT_GT(count, 500);
}

}  // namespace
}  // namespace sidecache::policy
