#include "tests/counts/lines/directory.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace lines {
namespace {

// Two threads and a line, but where a test says otherwise.
class DirectoryTest : public testing::Test {
protected:
    using Small = Directory<64>;
    static constexpr std::uintptr_t line = 0x7f0000001234;
    static constexpr unsigned one = 0;
    static constexpr unsigned other = 1;

    bool read(unsigned thread, std::uintptr_t at = line, Mark mark = 1) { return touch(thread, at, Access::read, mark).is_so; }
    bool write(unsigned thread, std::uintptr_t at = line, Mark mark = 1) { return touch(thread, at, Access::write, mark).is_so; }
    Small::Passed touch(unsigned thread, std::uintptr_t at, Access access, Mark mark) { return directory_->touch(thread, at, access, mark); }

    std::unique_ptr<Small> directory_ = std::make_unique<Small>();
};

TEST_F(DirectoryTest, NothingPassesWhereOneThreadIsAlone) {
    EXPECT_FALSE(read(one));
    EXPECT_FALSE(write(one));
    EXPECT_FALSE(write(one));
    EXPECT_FALSE(read(one));
}

TEST_F(DirectoryTest, NothingPassesWhereBothRead) {
    for (int round = 0; round < 3; ++round) {
        EXPECT_FALSE(read(one));
        EXPECT_FALSE(read(other));
    }
}

TEST_F(DirectoryTest, WhatOneWroteComesToTheOtherOnce) {
    write(one);
    EXPECT_TRUE(read(other));
    EXPECT_FALSE(read(other));
    EXPECT_FALSE(read(one));
}

TEST_F(DirectoryTest, AWriteTakesTheLineFromWhoeverReadIt) {
    read(one);
    read(other);
    EXPECT_TRUE(write(one));
    EXPECT_FALSE(write(one));
    EXPECT_TRUE(read(other));
}

TEST_F(DirectoryTest, AWriteThatTakesTheLineFromSeveralIsOne) {
    read(one);
    read(other);
    read(2);
    EXPECT_TRUE(write(3));
    EXPECT_TRUE(read(one));
    EXPECT_TRUE(read(other));
}

TEST_F(DirectoryTest, WhereBothWriteEachOfThemIsOne) {
    write(one);
    for (int round = 0; round < 3; ++round) {
        EXPECT_TRUE(write(other));
        EXPECT_TRUE(write(one));
    }
}

TEST_F(DirectoryTest, WhoReadsAndThenWritesWhatTheOtherWroteAsksTwice) {
    write(one);
    EXPECT_TRUE(read(other));
    EXPECT_TRUE(write(other));
}

TEST_F(DirectoryTest, LinesAreApart) {
    write(one, line);
    EXPECT_FALSE(write(other, line + 1));
    EXPECT_TRUE(read(other, line));
}

TEST_F(DirectoryTest, TellsByWhichAccessTheOtherHadIt) {
    touch(one, line, Access::write, 7);
    touch(one, line, Access::write, 8);  // it has it already
    EXPECT_EQ(touch(other, line, Access::read, 9).from, 7);
    EXPECT_EQ(touch(one, line, Access::write, 10).from, 9);
}

TEST_F(DirectoryTest, LeavesOutTheLinesForWhichItHasNoRoomAndTellsOfThem) {
    for (std::uintptr_t at = line; at < line + 48; ++at) write(one, at);
    EXPECT_EQ(directory_->left_out(), 0);
    EXPECT_FALSE(write(one, line + 48));
    EXPECT_FALSE(write(other, line + 48));
    EXPECT_EQ(directory_->left_out(), 2);
    for (std::uintptr_t at = line; at < line + 48; ++at) EXPECT_TRUE(read(other, at));
}

}  // namespace
}  // namespace lines
