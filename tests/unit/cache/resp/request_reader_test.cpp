#include "tests/unit/cache/resp/requests.hpp"

#include "cache/resp/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <memory>
#include <random>

namespace sidecache::resp {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using ::testing::ElementsAre;
using testing::arguments_of;
using testing::Requests;
using testing::requests_in;
using testing::Words;

using State = RequestReader::State;

std::vector<Words> read(std::string_view octets) {
    const Requests found = requests_in(octets);
    EXPECT_EQ(found.problem, "");
    EXPECT_EQ(found.size, octets.size());
    return found.requests;
}

std::string problem_of(std::string_view octets, const RequestLimits& limits = {}) { return requests_in(octets, {}, limits).problem; }

std::string array_of(const std::vector<std::string_view>& arguments) {
    std::string out;
    append_command(out, arguments);
    return out;
}

constexpr std::string_view pipeline =
    "*2\r\n$3\r\nGET\r\n$5\r\na\r\nb\0\r\n"
    "PING\r\n"
    "*0\r\n"
    "\r\n"
    "*-1\r\n"
    "  set  'a key'  \"\\x00\\\"\" \n"
    "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$12\r\n*1\r\n$4\r\nPING\r\n"
    "\n"
    "*1\r\n$4\r\nQUIT\r\n"sv;
const std::vector<Words> requests_of_pipeline{{"GET", "a\r\nb\0"s}, {"PING"}, {}, {}, {}, {"set", "a key", "\0\""s}, {"SET", "", "*1\r\n$4\r\nPING"}, {}, {"QUIT"}};

TEST(RequestReader, ReadsArraysOfBulkStringsWhateverOctetsStandInThem) {
    EXPECT_THAT(read("*2\r\n$3\r\nGET\r\n$5\r\na\0\r\nb\r\n"sv), ElementsAre(Words{"GET", "a\0\r\nb"s}));
    EXPECT_THAT(read("*1\r\n$0\r\n\r\n"), ElementsAre(Words{""}));
}

TEST(RequestReader, ReadsLinesOfWordsWithOrWithoutCarriageReturn) {
    EXPECT_THAT(read("PING\r\n"), ElementsAre(Words{"PING"}));
    EXPECT_THAT(read("SET key value\n"), ElementsAre(Words{"SET", "key", "value"}));
    EXPECT_THAT(read(" \t SET\t\v\fkey   value \r\n"), ElementsAre(Words{"SET", "key", "value"}));
    EXPECT_THAT(read("a\rb\n"), ElementsAre(Words{"a", "b"}));
    EXPECT_THAT(read("$3 *1 :2\n"), ElementsAre(Words{"$3", "*1", ":2"}));
}

TEST(RequestReader, ReadsALineUpToAnOctetOfZero) { EXPECT_THAT(read("GET a\0b 'c\r\n"sv), ElementsAre(Words{"GET", "a"})); }

TEST(RequestReader, TakesWhatIsInQuotesForOneWord) {
    const std::vector<std::pair<std::string_view, Words>> table{
        {R"("a b")", {"a b"}},
        {R"('a b')", {"a b"}},
        {R"("" '')", {"", ""}},
        {R"(a"b c")", {"ab c"}},
        {R"(a'b c' d)", {"ab c", "d"}},
        {R"("it's")", {"it's"}},
        {R"('say "x"')", {R"(say "x")"}},
        {R"("\n\r\t\b\a")", {"\n\r\t\b\a"}},
        {R"("\\\"\q")", {R"(\"q)"}},
        {R"("\x41\x7a\xFf\x00")", {"Az\xff\0"s}},
        {R"("\x4g\xg4\x4")", {"x4gxg4x4"}},
        {R"('it\'s')", {"it's"}},
        {R"('\n\x41\\x')", {R"(\n\x41\\x)"}},
        {R"(a\n)", {R"(a\n)"}},
    };
    for (const auto& [line, words] : table) EXPECT_THAT(read(std::string(line) + "\r\n"), ElementsAre(words)) << line;
}

TEST(RequestReader, RefusesQuotesThatDoNotEndOrEndWithinAWord) {
    for (const std::string_view line : {R"(")", R"(')", R"("a)", R"('a)", R"(a ")", R"("a"b)", R"('a'b)", R"('a''b')", R"("a\")", R"('a\')", R"("\x4)"}) {
        EXPECT_EQ(problem_of(std::string(line) + "\r\n"), "unbalanced quotes in request") << line;
    }
}

TEST(RequestReader, FindsRequestsWithoutArgumentsInEmptyLinesAndArrays) {
    for (const std::string_view octets : {"\n"sv, "\r\n"sv, "  \r\n"sv, "*0\r\n"sv, "*-1\r\n"sv, "*-999999999999999999\r\n"sv}) {
        EXPECT_THAT(read(octets), ElementsAre(Words{})) << octets;
    }
}

TEST(RequestReader, ReadsAPipelineOfArraysAndLines) { EXPECT_EQ(read(pipeline), requests_of_pipeline); }

TEST(RequestReader, ReadsTheSameWhereverAPipelineIsCut) {
    for (std::size_t first = 0; first <= pipeline.size(); ++first) {
        for (std::size_t second = first; second <= pipeline.size(); ++second) {
            const Requests found = requests_in(pipeline, {first, second});
            ASSERT_EQ(found.requests, requests_of_pipeline) << "cut at " << first << " and " << second;
            ASSERT_EQ(found.problem, "");
        }
    }
}

TEST(RequestReader, ReadsTheSameOctetByOctet) {
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 0; cut < pipeline.size(); ++cut) cuts.push_back(cut);
    EXPECT_EQ(requests_in(pipeline, cuts).requests, requests_of_pipeline);
}

TEST(RequestReader, HasArgumentsOfAnArrayAsViewsIntoWhatWasLookedAtLast) {
    const std::string octets = array_of({"SET", "key", "value"});
    RequestReader reader;
    ASSERT_EQ(reader.look(octets.substr(0, octets.size() - 1), {}), State::need_more);
    const std::string elsewhere = octets;
    ASSERT_EQ(reader.look(elsewhere, {}), State::request);
    for (const std::string_view argument : reader.arguments()) {
        EXPECT_GE(argument.data(), elsewhere.data());
        EXPECT_LE(argument.data() + argument.size(), elsewhere.data() + elsewhere.size());
    }
}

TEST(RequestReader, LooksAtNothingTwice) {
    const std::string octets = array_of({"SET", "a key", std::string(50, 'v')});
    RequestReader reader;
    std::string unread;
    for (const char octet : octets.substr(0, octets.size() - 1)) {
        unread += octet;
        ASSERT_EQ(reader.look(unread, {}), State::need_more);
    }
    // What was understood may say anything now.
    std::fill(unread.begin() + 1, unread.end() - 1, '#');
    ASSERT_EQ(reader.look(unread + octets.back(), {}), State::request);
    EXPECT_EQ(reader.size(), octets.size());
    std::vector<std::size_t> sizes;
    for (const std::string_view argument : reader.arguments()) sizes.push_back(argument.size());
    EXPECT_THAT(sizes, ElementsAre(3, 5, 50));
}

TEST(RequestReader, SearchesALineForItsEndOnlyInWhatIsNew) {
    RequestReader reader;
    ASSERT_EQ(reader.look("SET key", {}), State::need_more);
    ASSERT_EQ(reader.look("\n\n\n key", {}), State::need_more) << "no line ended before its seventh octet";
}

TEST(RequestReader, MissesNeverLessThanIsNeededAndNeverNothing) {
    const std::string octets = array_of({"SET", "key", std::string(1'000, 'v')});
    RequestReader reader;
    EXPECT_EQ(reader.missing(0), 1u);
    for (std::size_t size = 0; size < octets.size(); ++size) {
        ASSERT_EQ(reader.look(std::string_view(octets).substr(0, size), {}), State::need_more);
        ASSERT_GE(reader.missing(size), 1u);
        ASSERT_LE(reader.missing(size), octets.size() - size);
    }
    RequestReader at_once;
    const std::size_t all_but_the_value = octets.size() - 1'002;
    ASSERT_EQ(at_once.look(std::string_view(octets).substr(0, all_but_the_value), {}), State::need_more);
    EXPECT_EQ(at_once.missing(all_but_the_value), 1'002u) << "the value, and its end";

    RequestReader of_line;
    ASSERT_EQ(of_line.look("PING", {}), State::need_more);
    EXPECT_EQ(of_line.missing(4), 1u);
}

TEST(RequestReader, NeedsMoreWhereNothingIsUnread) {
    RequestReader reader;
    EXPECT_EQ(reader.look("", {}), State::need_more);
    ASSERT_EQ(reader.look("*1\r\n$4\r\nPING\r\n", {}), State::request);
    reader.begin();
    EXPECT_EQ(reader.look("", {}), State::need_more);
    EXPECT_EQ(reader.size(), 0u);
    EXPECT_TRUE(reader.arguments().empty());
}

TEST(RequestReader, SaysWhatIsWrongAsRedisWordsIt) {
    const std::vector<std::pair<std::string_view, std::string_view>> table{
        {"*x\r\n", "invalid multibulk length"},
        {"*\r\n", "invalid multibulk length"},
        {"*+1\r\n", "invalid multibulk length"},
        {"*01\r\n", "invalid multibulk length"},
        {"*1 \r\n", "invalid multibulk length"},
        {"*65537\r\n", "invalid multibulk length"},
        {"*9223372036854775808\r\n", "invalid multibulk length"},
        {"*1111111111111111111111111111111111", "too big mbulk count string"},
        {"*1111111111111111111111111111111111\r\n", "invalid multibulk length"},
        {"*1\r\n*1\r\n", "expected '$', got '*'"},
        {"*1\r\nP", "expected '$', got 'P'"},
        {"*1\r\n\r\n", "expected '$', got '\r'"},
        {"*2\r\n$1\r\na\r\n:1\r\n", "expected '$', got ':'"},
        {"*1\r\n$x\r\n", "invalid bulk length"},
        {"*1\r\n$\r\n", "invalid bulk length"},
        {"*1\r\n$-1\r\n", "invalid bulk length"},
        {"*1\r\n$01\r\n", "invalid bulk length"},
        {"*1\r\n$4194305\r\n", "invalid bulk length"},
        {"*1\r\n$1111111111111111111111111111111111", "too big bulk count string"},
        {"*1\r\n$3\r\nabcd\r\n", "expected the end of a bulk string"},
        {"*1\r\n$3\r\nabc\n\r", "expected the end of a bulk string"},
    };
    for (const auto& [octets, problem] : table) EXPECT_EQ(problem_of(octets), problem) << octets;
}

TEST(RequestReader, HasAsManyArgumentsAsItsLimitAndNoMore) {
    const RequestLimits limits{.arguments = 3};
    EXPECT_EQ(problem_of(array_of({"MGET", "a", "b"}), limits), "");
    EXPECT_EQ(problem_of("*4\r\n", limits), "invalid multibulk length");
    EXPECT_EQ(problem_of("MGET a b\r\n", limits), "");
    EXPECT_EQ(problem_of("MGET a b c\r\n", limits), "too big inline request");
}

TEST(RequestReader, HasArgumentsAsLargeAsItsLimitAndNoLarger) {
    const RequestLimits limits{.argument = 5};
    EXPECT_EQ(problem_of(array_of({"GET", "12345"}), limits), "");
    EXPECT_EQ(problem_of("*2\r\n$3\r\nGET\r\n$6\r\n", limits), "invalid bulk length");
    EXPECT_EQ(problem_of("GET '12345'\r\n", limits), "");
    EXPECT_EQ(problem_of("GET 123456\r\n", limits), "too big inline request");
}

TEST(RequestReader, HasRequestsAsLargeAsItsLimitAndNoLarger) {
    const std::string octets = array_of({"SET", "key", "value"});
    EXPECT_EQ(problem_of(octets, {.request = octets.size()}), "");
    EXPECT_EQ(problem_of(octets, {.request = octets.size() - 1}), "too big request");
    EXPECT_EQ(problem_of(std::string_view(octets).substr(0, octets.size() - "value\r\n"sv.size()), {.request = octets.size() - 1}), "too big request")
        << "before it has come";
}

TEST(RequestReader, HasLinesAsLongAsTheirLimitAndNoLonger) {
    const std::string longest(RequestLimits::line, 'x');
    EXPECT_THAT(read(longest + "\n"), ElementsAre(Words{longest}));
    EXPECT_EQ(problem_of(longest), "");
    EXPECT_EQ(problem_of(longest + "x"), "too big inline request");
    EXPECT_EQ(problem_of(longest + "x\n"), "too big inline request");
}

TEST(RequestReader, KeepsLittleMemoryAfterALargeRequest) {
    for (const std::string& octets : {"*65536\r\n" + [] {
             std::string arguments;
             for (int i = 0; i < 65'536; ++i) arguments += "$0\r\n\r\n";
             return arguments;
         }(), [] {
             std::string line;
             while (line.size() < RequestLimits::line) line += "a ";
             return line + "\n";
         }()}) {
        RequestReader reader;
        const auto held = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
        const std::size_t before = held();
        ASSERT_EQ(reader.look(octets, {}), State::request);
        reader.begin();
        EXPECT_LT(held(), before + 64 * 1024);
        ASSERT_EQ(reader.look("PING\n", {}), State::request);
        EXPECT_THAT(arguments_of(reader), ElementsAre("PING"));
    }
}

TEST(RequestReader, ReadsBackWhatIsWrittenAsACommandWhateverOctetsStandInIt) {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        std::vector<Words> written(1 + random() % 5);
        std::string octets;
        for (Words& words : written) {
            words.resize(1 + random() % 8);
            for (std::string& word : words) {
                word.resize(random() % 4 == 0 ? random() % 3'000 : random() % 12);
                std::ranges::generate(word, [&random] { return static_cast<char>(random() % 3 == 0 ? "\r\n$*0"[random() % 5] : random()); });
            }
            append_command(octets, std::vector<std::string_view>(words.begin(), words.end()));
        }
        std::vector<std::size_t> cuts(random() % 5);
        std::ranges::generate(cuts, [&] { return random() % octets.size(); });
        std::ranges::sort(cuts);
        ASSERT_EQ(requests_in(octets, cuts).requests, written) << "round " << round;
    }
}

}  // namespace
}  // namespace sidecache::resp
