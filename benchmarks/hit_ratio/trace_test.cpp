// Traces as files have them, and what is wrong with a file is told with its line.
#include "benchmarks/hit_ratio/trace.hpp"

#include "cache/memory/shard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace hit_ratio {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::ThrowsMessage;

class ReadTraceTest : public ::testing::Test {
protected:
    ReadTraceTest() { std::filesystem::create_directory(folder_); }
    ~ReadTraceTest() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path write(const std::string& text) {
        const auto file = folder_ / "made.txt";
        std::ofstream(file) << text;
        return file;
    }
    std::filesystem::path compress(const std::string& text) {
        const auto file = folder_ / "made.txt.gz";
        const gzFile out = ::gzopen(file.c_str(), "wb");
        ::gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
        ::gzclose(out);
        return file;
    }

private:
    const std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("sidecache-trace-" + std::to_string(::getpid()));
};
using ReadTrace = ReadTraceTest;

TEST_F(ReadTrace, NumbersKeysAsTheyFirstAppear) {
    const Trace trace = read_trace(write("b 10\na 20\nb 10\n7 30\n"), 0);
    EXPECT_EQ(trace.name, "made");
    EXPECT_THAT(trace.requests, ElementsAre(0, 1, 0, 2));
    EXPECT_THAT(trace.sizes, ElementsAre(10, 20, 30));
}

TEST_F(ReadTrace, ReadsWhatIsCompressed) { EXPECT_THAT(read_trace(compress("b 10\na 20\nb 10\n"), 0).requests, ElementsAre(0, 1, 0)); }

TEST_F(ReadTrace, TakesTheSizeOfTheFirstRequest) { EXPECT_THAT(read_trace(write("a 10\na 20\n"), 0).sizes, ElementsAre(10)); }

TEST_F(ReadTrace, GivesEachObjectTheSameSizeWhereNoneIsKnown) {
    EXPECT_THAT(read_trace(write("a 1\nb 1\n"), 1024).sizes, ElementsAre(1024, 1024));
    EXPECT_THAT(read_trace(write("a 1\nb 2\n"), 1024).sizes, ElementsAre(1, 2));
}

TEST_F(ReadTrace, CountsEachObjectOnceInTheFootprint) {
    const Trace trace = read_trace(write("a 10\nb 20\na 10\n"), 0);
    EXPECT_EQ(trace.footprint(), 30 + 2 * sidecache::memory::index_overhead);
    EXPECT_EQ(trace.charge(1), 20 + sidecache::memory::index_overhead);
}

TEST_F(ReadTrace, SaysWhatItExpectsInWhichLine) {
    for (const std::string wrong : {"a", "a ", " 10", "a b", "a 10 ", "a 10 20", "a -1", "a 0", "", "a 99999999999999999999"}) {
        EXPECT_THAT(([&] { read_trace(write("a 10\n" + wrong + "\nb 10\n"), 0); }),
                    ThrowsMessage<std::runtime_error>(EndsWith("made.txt:2: expected 'key size', got '" + wrong + "'")));
    }
}

TEST_F(ReadTrace, SaysWhereThereIsNothing) {
    EXPECT_THAT([&] { read_trace(write(""), 0); }, ThrowsMessage<std::runtime_error>(EndsWith("made.txt: expected requests, got none")));
    EXPECT_THAT([] { read_trace("/nowhere", 0); }, ThrowsMessage<std::runtime_error>("/nowhere: cannot be opened"));
}

TEST_F(ReadTrace, FailsWhereAnArchiveEndsEarly) {
    std::string text;
    for (int key = 0; key < 1000; ++key) text += std::to_string(key * 7919 % 1009) + " 10\n";
    const auto file = compress(text);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    EXPECT_THROW(read_trace(file, 0), std::runtime_error);
}

TEST(SkewedTrace, HasMoreThanHalfOfItsBytesInAHundredthOfItsObjects) {
    Trace trace{"made", {}, std::vector<Bytes>(200, 1)};
    EXPECT_FALSE(trace.has_sizes());
    trace.sizes[7] = trace.sizes[9] = 99;  // of 396
    EXPECT_FALSE(trace.is_skewed());
    trace.sizes[7] = trace.sizes[9] = 100;
    EXPECT_TRUE(trace.is_skewed());
    EXPECT_TRUE(trace.has_sizes());
}

}  // namespace
}  // namespace hit_ratio
