#include "cache/fill/stored_parts.hpp"

#include "tests/unit/cache/fill/responses.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sidecache::fill {
namespace {

using testing::make_stored;

Piece piece(std::uint64_t first, std::string_view bytes) { return {first, {Content::make_complete(bytes), 0, bytes.size()}}; }

std::string text_of(const Slice& slice) {
    std::string text;
    while (text.size() < slice.length) text += slice.content->contiguous(slice.offset + text.size()).substr(0, slice.length - text.size());
    return text;
}

std::string text_of(const Pieces& pieces) {
    std::string text;
    for (const Piece& each : pieces) text += std::to_string(each.first) + ":" + text_of(each.slice) + " ";
    return text;
}

StoredPartsPtr parts_of(Pieces pieces) {
    policy::Held held;
    for (const Piece& each : pieces) EXPECT_TRUE(policy::add(held, {{each.first, each.last()}, std::nullopt}));
    return memory::make_entry<StoredParts>(policy::Hash128{1, 2}, "key", make_stored(Content::make_complete({}), {}, {}), std::move(pieces), held);
}

TEST(Pieces, StayInOrderAndDisjoint) {
    Pieces pieces;
    for (const auto& [first, bytes, expected] : {std::tuple{10, "klm", "10:klm "},
                                                 {0, "ab", "0:ab 10:klm "},
                                                 {5, "fgh", "0:ab 5:fgh 10:klm "},
                                                 {1, "BC", "0:a 1:BC 5:fgh 10:klm "},                // the end of one is replaced
                                                 {11, "L", "0:a 1:BC 5:fgh 10:k 11:L 12:m "},         // the middle of one
                                                 {4, "EFGHIJK", "0:a 1:BC 4:EFGHIJK 11:L 12:m "},     // more than one, whole
                                                 {12, "Mn", "0:a 1:BC 4:EFGHIJK 11:L 12:Mn "}}) {
        add_piece(pieces, piece(static_cast<std::uint64_t>(first), bytes));
        EXPECT_EQ(text_of(pieces), expected);
    }
}

TEST(StoredParts, GiveTheBytesOfARangeAcrossPieces) {
    const StoredPartsPtr parts = parts_of({piece(0, "abc"), piece(3, "def"), piece(8, "ij")});
    std::string text;
    for (const Slice& slice : parts->slices({1, 4})) text += text_of(slice);
    EXPECT_EQ(text, "bcde");
    EXPECT_EQ(text_of(parts->slices({9, 9}).at(0)), "j");
}

TEST(StoredParts, OfARepresentationThatChangesByteByByteAlwaysHaveTheNewest) {
    std::mt19937_64 random(20261129);
    std::string truth(64, '.');
    Pieces pieces;
    for (int round = 0; round < 4000; ++round) {
        const std::uint64_t first = random() % truth.size();
        const std::uint64_t length = 1 + random() % (truth.size() - first);
        std::string bytes(length, static_cast<char>('a' + round % 26));
        truth.replace(first, length, bytes);
        add_piece(pieces, piece(first, bytes));
        std::string held(truth.size(), '.');
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (i > 0) {
                ASSERT_GT(pieces[i].first, pieces[i - 1].last());
            }
            held.replace(pieces[i].first, pieces[i].slice.length, text_of(pieces[i].slice));
        }
        ASSERT_EQ(held, truth);
    }
}

TEST(StoredParts, AreChargedForEachContentOnce) {
    const ContentPtr content = Content::make_complete(std::string(100'000, 'x'));
    const StoredPartsPtr one = parts_of({{0, {content, 0, 10}}});
    const StoredPartsPtr two = parts_of({{0, {content, 0, 10}}, {20, {content, 20, 10}}});
    EXPECT_GE(one->charge(), 100'000u);
    EXPECT_LT(two->charge(), one->charge() + 1'000);
}

TEST(AContent, GivesItsBytesFromAnywhere) {
    const ContentPtr content(new Content({std::size_t{1} << 20, 1}, std::nullopt, true));
    std::string whole;
    for (int i = 0; i < 40'000; ++i) whole += std::to_string(i);
    content->append(whole);
    content->complete({});
    ASSERT_GT(content->chunks().size(), 1u);
    for (std::uint64_t offset = 0; offset < whole.size(); offset += 997) {
        const std::string_view bytes = content->contiguous(offset);
        ASSERT_FALSE(bytes.empty());
        ASSERT_EQ(bytes, std::string_view(whole).substr(offset, bytes.size()));
    }
    EXPECT_TRUE(content->contiguous(whole.size()).empty());
}

}  // namespace
}  // namespace sidecache::fill
