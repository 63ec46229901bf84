#include "cache/fill/content.hpp"

#include "tests/unit/cache/fill/counting_listener.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sidecache::fill {
namespace {

using testing::CountingListener;
using State = Content::State;

ContentPtr make_content(bool keep = true) { return new Content({}, std::nullopt, keep); }

TEST(ContentReader, HearsOfEveryChange) {
    const ContentPtr content = make_content();
    CountingListener listener;
    Reader reader(content, listener);
    content->append("a");
    EXPECT_EQ(listener.heard(), 1);
    content->append("b");
    content->complete({});
    EXPECT_EQ(listener.heard(), 3);
}

TEST(ContentReader, HearsNothingOnceItIsGone) {
    const ContentPtr content = make_content();
    CountingListener listener;
    { const Reader reader(content, listener); }
    content->append("a");
    EXPECT_EQ(listener.heard(), 0);
}

TEST(ContentReader, GetsNothingYetWhereNothingCame) {
    const ContentPtr content = make_content();
    CountingListener listener;
    Reader reader(content, listener);
    const Reader::Piece piece = reader.next();
    EXPECT_EQ(piece.bytes, "");
    EXPECT_EQ(piece.state, State::filling);
    EXPECT_FALSE(piece.is_last);
}

TEST(ContentReader, GetsTheRestOfAChunkThatGrew) {
    const ContentPtr content = make_content();
    CountingListener listener;
    Reader reader(content, listener);
    content->append("hello ");
    EXPECT_EQ(reader.next().bytes, "hello ");
    content->append("world");
    EXPECT_EQ(reader.next().bytes, "world");
    EXPECT_EQ(reader.next().bytes, "");
}

TEST(ContentReader, LearnsOfTheEndAfterTheLastBytesToo) {
    const ContentPtr content = make_content();
    CountingListener listener;
    Reader reader(content, listener);
    content->append("all");
    EXPECT_FALSE(reader.next().is_last);
    content->complete({});
    const Reader::Piece end = reader.next();
    EXPECT_TRUE(end.is_last);
    EXPECT_EQ(end.bytes, "");
}

TEST(ContentReader, KeepsThePieceInItsHandsThoughTheContentIsTidied) {
    const ContentPtr content = make_content();
    CountingListener listener;
    Reader reader(content, listener);
    content->append("some bytes");
    const Reader::Piece piece = reader.next();
    content->complete({});  // copies them into a chunk without unused room
    EXPECT_EQ(piece.bytes, "some bytes");
    EXPECT_NE(piece.chunk, content->chunks().front());
    EXPECT_TRUE(reader.next().is_last);
}

TEST(ContentReader, KeepsThePieceInItsHandsThoughTheContentGoes) {
    ContentPtr content = make_content();
    Reader::Piece piece;
    {
        CountingListener listener;
        Reader reader(content, listener);
        content->append("bytes");
        piece = reader.next();
    }
    content.reset();
    EXPECT_EQ(piece.bytes, "bytes");
}

TEST(FailedContent, BreaksItsReadersAtOnce) {
    const ContentPtr content = make_content();
    CountingListener listener;
    Reader reader(content, listener);
    content->append("half");
    content->fail(http::ProxyError::http_response_incomplete);
    const Reader::Piece piece = reader.next();
    EXPECT_EQ(piece.state, State::failed);
    EXPECT_FALSE(piece.is_last);
    EXPECT_EQ(piece.bytes, "");
    EXPECT_EQ(content->error(), http::ProxyError::http_response_incomplete);
    EXPECT_EQ(listener.heard(), 2);
}

TEST(FailedContent, NeverLooksLikeACleanEndToWhoReadAllOfIt) {
    const ContentPtr content = new Content({}, 4, true);
    CountingListener listener;
    Reader reader(content, listener);
    content->append("four");
    EXPECT_EQ(reader.next().bytes, "four");
    content->fail(http::ProxyError::http_response_incomplete);
    const Reader::Piece piece = reader.next();
    EXPECT_EQ(piece.state, State::failed);
    EXPECT_FALSE(piece.is_last);
}

TEST(FailedContent, BreaksWhoComesLater) {
    const ContentPtr content = make_content();
    content->append("half");
    content->fail(http::ProxyError::connection_read_timeout);
    CountingListener listener;
    Reader late(content, listener);
    EXPECT_EQ(late.next().state, State::failed);
}

TEST(WriterOfAContent, ThatStopsWithoutAnEndFailsIt) {
    const ContentPtr content = make_content();
    CountingListener listener;
    Reader reader(content, listener);
    {
        CountingListener writer;
        const Writing writing(content, writer);
        content->append("half");
    }
    EXPECT_EQ(content->state(), State::failed);
    EXPECT_EQ(reader.next().state, State::failed);
}

TEST(WriterOfAContent, ThatEndedItLeavesItAsItIs) {
    const ContentPtr content = make_content();
    CountingListener writer;
    {
        const Writing writing(content, writer);
        content->append("whole");
        content->complete({});
    }
    EXPECT_EQ(content->state(), State::complete);
    CountingListener listener;
    { const Reader reader(content, listener); }
    EXPECT_EQ(writer.heard(), 0);  // told nothing more
}

TEST(ContentUnderThreads, IsReadWholeByAllWhoCameBeforeItsEndAndAfter) {
    const std::string whole = [] {
        std::string text;
        for (int i = 0; i < 20'000; ++i) text += std::to_string(i);
        return text;
    }();
    for (int round = 0; round < 20; ++round) {
        const ContentPtr content = new Content({}, round % 2 == 0 ? std::optional<std::uint64_t>(whole.size()) : std::nullopt, true);
        std::vector<std::string> read(4);
        std::vector<std::thread> readers;
        for (auto& text : read) {
            readers.emplace_back([&text, content] {
                CountingListener listener;
                Reader reader(content, listener);
                for (;;) {
                    const Reader::Piece piece = reader.next();
                    text += piece.bytes;
                    if (piece.is_last) return;
                    if (piece.bytes.empty()) std::this_thread::yield();
                }
            });
        }
        for (std::size_t at = 0; at < whole.size(); at += 997) content->append(std::string_view(whole).substr(at, 997));
        content->complete({});
        for (auto& reader : readers) reader.join();
        for (const std::string& text : read) ASSERT_EQ(text, whole);
    }
}

}  // namespace
}  // namespace sidecache::fill
