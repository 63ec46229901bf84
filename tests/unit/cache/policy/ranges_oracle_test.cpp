// Random requests, judged byte by byte by an oracle that knows nothing of intervals.
#include "cache/policy/multipart.hpp"
#include "cache/policy/ranges.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace sidecache::policy {
namespace {

using http::ByteRange;
using testing::Fields;

using Random = std::mt19937_64;

// One Range, and a mark for each byte of the representation that it asks for.
struct Question {
    std::uint64_t length;
    std::string value = "bytes=";
    std::string asked = std::string(length, '.');

    void add_spec(Random& random) {
        const std::uint64_t a = random() % (length + length / 4 + 2);
        const std::uint64_t size = random() % (length / 4 + 2);
        const auto form = random() % 4;
        if (form == 0) value += std::to_string(a) + "-,";
        if (form == 1) value += "-" + std::to_string(size) + ",";
        if (form > 1) value += std::to_string(a) + "-" + std::to_string(a + size) + ",";
        for (std::uint64_t at = 0; at < length; ++at) {
            const bool is_meant = form == 0 ? at >= a : form == 1 ? at + size >= length : at >= a && at <= a + size;
            if (is_meant) asked[at] = 'x';
        }
    }
};

Question any_question(Random& random) {
    Question question{random() % 2 == 0 ? 1 + random() % 30 : 1 + random() % 4000};
    for (std::size_t specs = 1 + random() % 5; specs > 0; --specs) question.add_spec(random);
    return question;
}

RangeDecision decide(const Question& question, std::string_view content_type) {
    const Fields stored{{"Content-Type", content_type}};
    const Fields fields{{"Range", question.value}};
    return decide_ranges(testing::make_request("GET", "/", fields), testing::make_response(200, stored), {}, question.length);
}

// The bytes that the ranges send, marked like those that were asked for; 'X': more than once.
std::string bytes_sent(const RangeDecision& decision, std::uint64_t length) {
    std::string sent(length, '.');
    for (const ByteRange& range : decision.ranges) {
        EXPECT_LE(range.first, range.last);
        for (std::uint64_t at = range.first; at <= range.last; ++at) sent.at(at) = sent.at(at) == '.' ? 'x' : 'X';
    }
    return sent;
}

// All that was asked for, nothing twice, and nothing else but gaps that cost less than the head of a part.
void expect_answers(const std::string& sent, const std::string& asked, std::uint64_t overhead) {
    EXPECT_EQ(sent.find('X'), std::string::npos);
    std::uint64_t unasked = 0;
    for (std::size_t at = 0; at < asked.size(); ++at) {
        EXPECT_FALSE(asked[at] == 'x' && sent[at] == '.') << "lacks " << at;
        unasked = sent[at] != '.' && asked[at] == '.' ? unasked + 1 : 0;
        EXPECT_LT(unasked, overhead) << "at " << at;
    }
}

TEST(Ranges, SendWhatIsAskedForWhateverItIs) {
    constexpr std::string_view content_type = "text/plain";
    Random random(20261121);
    int answers[4] = {};
    for (int round = 0; round < 20000 && !::testing::Test::HasFailure(); ++round) {
        const Question question = any_question(random);
        SCOPED_TRACE(question.value + " of " + std::to_string(question.length));
        const RangeDecision decision = decide(question, content_type);
        ++answers[static_cast<int>(decision.answer)];

        const bool asks_nothing = question.asked.find('x') == std::string::npos;
        ASSERT_EQ(decision.answer == RangeAnswer::unsatisfiable, asks_nothing);
        if (decision.answer == RangeAnswer::single || decision.answer == RangeAnswer::multiple) {
            EXPECT_EQ(decision.answer == RangeAnswer::single, decision.ranges.size() == 1);
            EXPECT_LT(multipart_length(decision.ranges, content_type, question.length),
                      question.length + 2 * part_overhead(content_type, question.length));
            expect_answers(bytes_sent(decision, question.length), question.asked, part_overhead(content_type, question.length));
        } else {
            EXPECT_TRUE(decision.ranges.empty());
        }
    }
    for (const int count : answers) EXPECT_GT(count, 50);
}

}  // namespace
}  // namespace sidecache::policy
