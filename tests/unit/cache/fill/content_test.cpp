#include "cache/fill/content.hpp"

#include "tests/unit/cache/fill/counting_listener.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace sidecache::fill {
namespace {

using testing::CountingListener;
using Demand = Content::Demand;
using State = Content::State;

constexpr std::size_t kib = 1024;

ContentPtr make_kept(std::optional<std::uint64_t> expected = std::nullopt, std::size_t store = 1024 * kib) {
    return new Content({.store = store}, expected, true);
}
ContentPtr make_unkept(std::size_t window, unsigned claims = 0) { return new Content({.store = 1024 * kib, .window = window}, std::nullopt, false, claims); }

// Reads until there is nothing more for now.
std::string drain(Reader& reader) {
    std::string all;
    for (;;) {
        const Reader::Piece piece = reader.next();
        all += piece.bytes;
        if (piece.bytes.empty() || piece.is_last) return all;
    }
}

TEST(CompleteContent, IsOneChunkOfJustItsSize) {
    const ContentPtr content = Content::make_complete("hello");
    EXPECT_EQ(content->state(), State::complete);
    EXPECT_TRUE(content->is_kept());
    EXPECT_EQ(content->size(), 5u);
    ASSERT_EQ(content->chunks().size(), 1u);
    EXPECT_EQ(content->chunks()[0]->capacity(), 5u);
}

TEST(CompleteContent, MayBeEmpty) {
    const ContentPtr content = Content::make_complete("");
    CountingListener listener;
    Reader reader(content, listener);
    const Reader::Piece piece = reader.next();
    EXPECT_TRUE(piece.is_last);
    EXPECT_EQ(piece.bytes, "");
    EXPECT_EQ(piece.state, State::complete);
}

TEST(CompleteContent, IsReadBySeveralFromItsStart) {
    const ContentPtr content = make_kept();
    content->append("hello ");
    content->append("world");
    content->complete("X: 1\r\n");
    for (int i = 0; i < 3; ++i) {
        CountingListener listener;
        Reader late(content, listener);
        ASSERT_TRUE(late.is_attached());
        EXPECT_EQ(drain(late), "hello world");
    }
    EXPECT_EQ(content->trailers(), "X: 1\r\n");
}

TEST(CompleteContent, KeepsNoMoreThanAnEighthOfRoomUnused) {
    const ContentPtr content = make_kept();
    content->append(std::string(100, 'x'));
    content->complete({});
    EXPECT_EQ(content->chunks().back()->capacity(), 100u);
    const ContentPtr full = make_kept();
    full->append(std::string(4000, 'x'));
    full->complete({});
    EXPECT_EQ(full->chunks().back()->capacity(), 4 * kib);  // 96 bytes are not worth a copy
}

TEST(CompleteContent, ChargesForWhatItHolds) {
    const ContentPtr content = make_kept();
    content->append(std::string(10 * kib, 'x'));
    content->complete(std::string(200, 't'));
    std::size_t held = 0;
    for (const ChunkPtr& chunk : content->chunks()) held += chunk->capacity();
    EXPECT_GE(content->charge(), held + 200 + sizeof(Content));
    EXPECT_LE(content->charge(), held + 200 + sizeof(Content) + 200);
}

TEST(KeptContent, IsOneChunkWhereItsLengthIsKnown) {
    const ContentPtr content = make_kept(300 * kib);
    for (int i = 0; i < 300; ++i) EXPECT_EQ(content->append(std::string(kib, 'x')), Demand::more);
    content->complete({});
    ASSERT_EQ(content->chunks().size(), 1u);
    EXPECT_EQ(content->chunks()[0]->capacity(), 300 * kib);
}

TEST(KeptContent, GrowsItsChunksWhereItsLengthIsUnknown) {
    const ContentPtr content = make_kept();
    for (int i = 0; i < 500; ++i) content->append(std::string(kib, 'x'));
    content->complete({});
    EXPECT_EQ(content->chunks().front()->capacity(), 4 * kib);
    std::size_t before = 0;
    for (std::size_t i = 0; i + 1 < content->chunks().size(); ++i) {
        EXPECT_GE(content->chunks()[i]->capacity(), before);
        EXPECT_LE(content->chunks()[i]->capacity(), 64 * kib);
        before = content->chunks()[i]->capacity();
    }
    EXPECT_LT(content->chunks().size(), 20u);
}

TEST(KeptContent, NeverMakesTheWriterWait) {
    const ContentPtr content = new Content({.store = 1024 * kib, .window = 10}, std::nullopt, true);
    CountingListener listener;
    Reader reader(content, listener);
    EXPECT_EQ(content->append(std::string(100 * kib, 'x')), Demand::more);
}

TEST(KeptContent, GoesOnWithoutReaders) {
    const ContentPtr content = make_kept();
    EXPECT_EQ(content->demand(), Demand::more);
    EXPECT_EQ(content->append("x"), Demand::more);
}

TEST(KeptContent, ThatIsKeptNoLongerIsReadToItsEndByWhoBeganInTime) {
    const ContentPtr content = new Content({.store = 1024 * kib, .window = 100 * kib}, std::nullopt, true);
    CountingListener listener;
    Reader early(content, listener);
    content->append(std::string(70 * kib, 'a'));
    content->keep_no_longer();
    EXPECT_FALSE(content->is_kept());
    EXPECT_EQ(content->append(std::string(70 * kib, 'b')), Demand::wait);  // a window ahead of its reader
    EXPECT_EQ(drain(early), std::string(70 * kib, 'a') + std::string(70 * kib, 'b'));
    EXPECT_EQ(content->append("c"), Demand::more);
    content->complete({});
    Reader late(content, listener);
    EXPECT_FALSE(late.is_attached());
    EXPECT_EQ(drain(early), "c");
}

TEST(KeptContent, IsKeptNoMoreOverTheLimitOfTheStore) {
    const ContentPtr content = make_kept(std::nullopt, 10);
    content->append("0123456789");
    EXPECT_TRUE(content->is_kept());
    content->append("x");
    EXPECT_FALSE(content->is_kept());
}

TEST(KeptContent, IsNotKeptWhereTheOriginSaysThatItIsTooLarge) {
    EXPECT_FALSE(make_kept(11, 10)->is_kept());
    EXPECT_TRUE(make_kept(10, 10)->is_kept());
}

TEST(KeptContent, ThatTurnsOutTooLargeStillReachesWhoReadsIt) {
    const ContentPtr content = new Content({.store = 8 * kib, .window = 1024 * kib}, std::nullopt, true);
    CountingListener listener;
    Reader reader(content, listener);
    std::string sent;
    std::string read;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        sent.append(kib, letter);
        content->append(std::string(kib, letter));
        read += drain(reader);
    }
    content->complete({});
    read += drain(reader);
    EXPECT_EQ(read, sent);
}

TEST(KeptContent, LongerThanTheOriginSaidIsReadWhole) {
    const ContentPtr content = make_kept(4);
    content->append("four and more");
    content->complete({});
    CountingListener listener;
    Reader reader(content, listener);
    EXPECT_EQ(drain(reader), "four and more");
}

TEST(UnkeptContent, MakesTheWriterWaitForTheSlowestReader) {
    const ContentPtr content = make_unkept(8 * kib);
    CountingListener slow_listener;
    CountingListener fast_listener;
    Reader slow(content, slow_listener);
    Reader fast(content, fast_listener);
    EXPECT_EQ(content->append(std::string(8 * kib - 1, 'x')), Demand::more);
    EXPECT_EQ(content->append("y"), Demand::wait);
    EXPECT_EQ(drain(fast).size(), 8 * kib);
    EXPECT_EQ(content->demand(), Demand::wait);
    EXPECT_EQ(drain(slow).size(), 8 * kib);
    EXPECT_EQ(content->demand(), Demand::more);
}

TEST(UnkeptContent, TellsTheWriterWhenReadersMoveOnOrGo) {
    const ContentPtr content = make_unkept(4 * kib);
    CountingListener writer;
    content->set_writer(&writer);
    CountingListener listener;
    std::optional<Reader> reader;
    reader.emplace(content, listener);
    content->append(std::string(4 * kib, 'x'));
    reader->next();
    EXPECT_EQ(writer.heard(), 0);  // not read yet: the bytes are in its hands
    reader->next();
    EXPECT_EQ(writer.heard(), 1);
    reader.reset();
    EXPECT_EQ(writer.heard(), 2);
    EXPECT_EQ(content->demand(), Demand::nobody);
}

TEST(UnkeptContent, WithoutReadersAndClaimsIsOfUseToNobody) {
    EXPECT_EQ(make_unkept(kib)->demand(), Demand::nobody);
}

TEST(UnkeptContent, WaitsForThoseWhoWillCome) {
    const ContentPtr content = make_unkept(4 * kib, 1);
    EXPECT_EQ(content->demand(), Demand::more);
    EXPECT_EQ(content->append(std::string(20 * kib, 'x')), Demand::wait);
    CountingListener listener;
    Reader claimed(content, listener, true);
    ASSERT_TRUE(claimed.is_attached());
    EXPECT_EQ(drain(claimed).size(), 20 * kib);
    EXPECT_EQ(content->demand(), Demand::more);
}

TEST(UnkeptContent, DropsWhatAllHaveRead) {
    const ContentPtr content = make_unkept(1024 * kib);
    CountingListener listener;
    Reader reader(content, listener);
    for (int i = 0; i < 100; ++i) {
        content->append(std::string(64 * kib, 'x'));
        ASSERT_EQ(drain(reader).size(), 64 * kib);
    }
    std::size_t held = 0;
    for (const ChunkPtr& chunk : content->chunks()) held += chunk->capacity();
    EXPECT_LE(held, 128 * kib);
}

TEST(UnkeptContent, TakesNoReaderOnceItsStartIsGone) {
    const ContentPtr content = make_unkept(1024 * kib);
    CountingListener listener;
    Reader reader(content, listener);
    content->append(std::string(64 * kib, 'x'));
    CountingListener second_listener;
    EXPECT_TRUE(Reader(content, second_listener).is_attached());  // all of it is still there
    drain(reader);
    CountingListener late_listener;
    EXPECT_FALSE(Reader(content, late_listener).is_attached());
}

TEST(UnkeptContent, EndsCleanForItsReaderAfterItsStartIsGone) {
    const ContentPtr content = make_unkept(1024 * kib);
    CountingListener listener;
    Reader reader(content, listener);
    content->append(std::string(64 * kib, 'x'));
    drain(reader);
    content->append("end");
    content->complete({});
    const Reader::Piece last = reader.next();
    EXPECT_EQ(last.bytes, "end");
    EXPECT_TRUE(last.is_last);
}

}  // namespace
}  // namespace sidecache::fill
