#include "proxy/telemetry/log_output.hpp"
#include "tests/unit/proxy/telemetry/temporary_folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

namespace sidecache::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(LogOutput, AppendsToAFileThatOthersMayNotRead) {
    const TemporaryFolder folder;
    const std::string path = folder.file("access.log");
    EXPECT_EQ(LogOutput(path).write("one\n").lost, 0U);
    EXPECT_EQ(LogOutput(path).write("two\n").lost, 0U);
    EXPECT_EQ(read_file(path), "one\ntwo\n");
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0007, 0U);
}

TEST(LogOutput, SaysWhichFileCannotBeOpened) {
    try {
        LogOutput("/no/such/folder/access.log");
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "cannot open the access log /no/such/folder/access.log: No such file or directory");
    }
}

TEST(LogOutput, GoesOnInANewFileAfterTheOldOneWasRenamed) {
    const TemporaryFolder folder;
    const std::string path = folder.file("access.log");
    LogOutput output(path);
    output.write("one\n");
    std::filesystem::rename(path, path + ".1");
    output.write("two\n");
    EXPECT_FALSE(output.reopen());
    output.write("three\n");
    EXPECT_EQ(read_file(path + ".1"), "one\ntwo\n");
    EXPECT_EQ(read_file(path), "three\n");
}

TEST(LogOutput, KeepsTheOldFileIfTheNewOneCannotBeOpened) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.file("logs"));
    LogOutput output(folder.file("logs/access.log"));
    std::filesystem::rename(folder.file("logs"), folder.file("moved"));
    EXPECT_EQ(output.reopen(), std::errc::no_such_file_or_directory);
    EXPECT_EQ(output.write("one\n").lost, 0U);
    EXPECT_EQ(read_file(folder.file("moved/access.log")), "one\n");
}

TEST(LogOutput, AFullDiskCostsLines) {
    LogOutput output("/dev/full");
    const auto [lost, error] = output.write("one\ntwo\n");
    EXPECT_EQ(lost, 2U);
    EXPECT_EQ(error, std::errc::no_space_on_device);
}

class APipe : public testing::Test {
protected:
    APipe() {
        ::mkfifo(path_.c_str(), 0600);
        reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK);
    }
    ~APipe() override { ::close(reader_); }
    std::string read_all() const {
        std::string text;
        char block[4'096];
        for (ssize_t count; (count = ::read(reader_, block, sizeof block)) > 0;)
            text.append(block, static_cast<std::size_t>(count));
        return text;
    }

    const TemporaryFolder folder_;
    const std::string path_ = folder_.file("pipe");
    int reader_ = -1;
};

TEST_F(APipe, WhoseReaderStallsCostsLinesAndOneWait) {
    LogOutput output(path_, 20ms);
    const std::string line = std::string(999, 'x') + "\n";
    std::string lines;
    for (int count = 0; count < 200; ++count) lines += line;
    const auto [lost, error] = output.write(lines);
    EXPECT_EQ(error, std::errc::timed_out);

    const auto before = std::chrono::steady_clock::now();
    for (int count = 0; count < 100; ++count) EXPECT_EQ(output.write(line).lost, 1U);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 1s) << "it does not wait again";

    const std::string read = read_all();
    const std::size_t whole = read.size() / line.size();
    EXPECT_EQ(lost, 200 - whole);
}

TEST_F(APipe, WhoseReaderIsBackGetsALineOfItsOwnAfterATornOne) {
    LogOutput output(path_, 0ms);
    const std::string large = std::string(200'000, 'x') + "\n";
    EXPECT_EQ(output.write(large).lost, 1U);
    const std::string torn = read_all();
    EXPECT_FALSE(torn.empty());
    EXPECT_EQ(output.write("whole\n").lost, 0U);
    EXPECT_EQ(read_all(), "\nwhole\n");
    EXPECT_EQ(output.write("another\n").lost, 0U);
    EXPECT_EQ(read_all(), "another\n");
}

}  // namespace
}  // namespace sidecache::telemetry
