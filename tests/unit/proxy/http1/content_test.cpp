#include "proxy/http1/content.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::http1 {
namespace {

using namespace std::string_literals;

enum class Verdict { whole, broken, waiting };

struct Result {
    std::string content;
    std::string trailers;
    std::size_t consumed = 0;
    Verdict verdict = Verdict::waiting;

    bool operator==(const Result&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Result& result) {
    return out << "content '" << result.content << "' trailers '" << result.trailers << "' consumed " << result.consumed
               << " verdict " << static_cast<int>(result.verdict);
}

// Feeds the decoder as a connection does: what it has not consumed is given again, with what came since.
class Reader {
public:
    explicit Reader(Framing framing, std::uint64_t length = 0) : decoder_(framing, length) {}

    void feed(std::string_view bytes) {
        buffer_.append(bytes);
        for (;;) {
            const auto step = decoder_.decode(buffer_);
            if (!step.piece.empty()) {
                EXPECT_GE(step.piece.data(), buffer_.data());
                EXPECT_LE(step.piece.data() + step.piece.size(), buffer_.data() + step.consumed);
            }
            result_.content.append(step.piece);
            result_.consumed += step.consumed;
            buffer_.erase(0, step.consumed);
            if (step.consumed == 0) return;
        }
    }
    Result result() {
        if (decoder_.is_done()) {
            result_.verdict = Verdict::whole;
            result_.trailers = decoder_.trailers();
        }
        if (decoder_.is_broken()) result_.verdict = Verdict::broken;
        return result_;
    }

private:
    ContentDecoder decoder_;
    std::string buffer_;
    Result result_;
};

Result decode(Framing framing, std::string_view bytes, std::uint64_t length = 0) {
    Reader reader(framing, length);
    reader.feed(bytes);
    return reader.result();
}

Verdict verdict(std::string_view chunked) { return decode(Framing::chunked, chunked).verdict; }

TEST(Content, NoneIsDoneAtOnce) {
    ContentDecoder none;
    EXPECT_TRUE(none.is_done());
    EXPECT_EQ(none.decode("x").consumed, 0u);
    EXPECT_TRUE(ContentDecoder(Framing::length, 0).is_done());
    EXPECT_FALSE(ContentDecoder(Framing::length, 1).is_done());
}

TEST(Content, OfALengthEndsThereAndLeavesTheRest) {
    EXPECT_EQ(decode(Framing::length, "helloGET /", 5), (Result{"hello", "", 5, Verdict::whole}));
    EXPECT_EQ(decode(Framing::length, "hell", 5), (Result{"hell", "", 4, Verdict::waiting}));
}

TEST(Content, UntilCloseIsWholeOnlyWhenTheStreamEnds) {
    ContentDecoder decoder(Framing::until_close, 0);
    EXPECT_EQ(decoder.decode("abc").piece, "abc");
    EXPECT_FALSE(decoder.is_done());
    EXPECT_TRUE(decoder.end_of_stream());
    EXPECT_TRUE(decoder.is_done());
}

TEST(Content, CutOffIsNotWhole) {
    ContentDecoder length(Framing::length, 5);
    length.decode("abc");
    EXPECT_FALSE(length.end_of_stream());
    EXPECT_TRUE(length.is_broken());
    ContentDecoder chunked(Framing::chunked, 0);
    const std::string_view bytes = "3\r\nabc\r\n0\r\n";
    for (std::string_view rest = bytes; !rest.empty();) rest.remove_prefix(chunked.decode(rest).consumed);
    EXPECT_FALSE(chunked.end_of_stream());
    EXPECT_TRUE(chunked.is_broken());
    ContentDecoder done;
    EXPECT_TRUE(done.end_of_stream());
}

TEST(Content, PiecesAreViewsIntoTheInput) {
    const std::string input = "5\r\nhello\r\n";
    ContentDecoder decoder(Framing::chunked, 0);
    const auto step = decoder.decode(input);
    EXPECT_EQ(step.piece, "hello");
    EXPECT_EQ(step.piece.data(), input.data() + 3);
    EXPECT_EQ(step.consumed, 8u);
}

TEST(ChunkedContent, IsJoined) {
    EXPECT_EQ(decode(Framing::chunked, "5\r\nhello\r\n1\r\n \r\n005\r\nworld\r\n0\r\n\r\nGET"),
              (Result{"hello world", "", 33, Verdict::whole}));
    EXPECT_EQ(decode(Framing::chunked, "A\r\n0123456789\r\n000\r\n\r\n").content, "0123456789");
    EXPECT_EQ(decode(Framing::chunked, "0\r\n\r\n"), (Result{"", "", 5, Verdict::whole}));
}

TEST(ChunkedContent, ExtensionsAreIgnored) {
    for (const char* const extension : {";a", ";a=b", ";a=\"b;c\\\"d\"", ";a;b=c;d", "; a = b", ";", ";a=\"\xc3\xa4\""}) {
        EXPECT_EQ(decode(Framing::chunked, "3"s + extension + "\r\nabc\r\n0" + extension + "\r\n\r\n").content, "abc")
            << extension;
        EXPECT_EQ(verdict("3"s + extension + "\r\nabc\r\n0" + extension + "\r\n\r\n"), Verdict::whole) << extension;
    }
}

TEST(ChunkedContent, AnythingButHexadecimalDigitsIsBroken) {
    for (const std::string& bytes : {"\r\n"s,
                                     " 3\r\nabc"s,
                                     "3 \r\nabc"s,
                                     "3\t\r\nabc"s,
                                     "+3\r\nabc"s,
                                     "-3\r\nabc"s,
                                     "0x3\r\nabc"s,
                                     "3h\r\nabc"s,
                                     "3_0\r\n"s,
                                     ";a\r\n"s,
                                     "g\r\n"s,
                                     "\0"s,
                                     "3\0\r\n"s,
                                     "3 ;a\r\nabc"s,
                                     "3,3\r\nabc"s,
                                     "3\n"s,
                                     "3\rabc"s,
                                     "3\r\r\n"s,
                                     "00000000000000003\r\nabc"s,
                                     "10000000000000000\r\n"s}) {
        EXPECT_EQ(verdict(bytes), Verdict::broken) << bytes;
    }
    EXPECT_EQ(decode(Framing::chunked, "ffffffffffffffff\r\nabc"), (Result{"abc", "", 21, Verdict::waiting}));
    EXPECT_EQ(decode(Framing::chunked, "0000000000000003\r\nabc\r\n0\r\n\r\n").content, "abc");
}

TEST(ChunkedContent, ExtensionsThatHideALineEndAreBroken) {
    for (const std::string& bytes : {"3;a\nabc"s, "3;a\rb\r\nabc"s, "3;a=\"\r\nabc"s, "3;a=\"\n\"\r\nabc"s, "3;a=\"\\\r\nabc"s,
                                     "3;a\0\r\n"s, "3;\x7f\r\n"s, "3;\xc3\xa4\r\n"s, "3;a=(b)\r\n"s, "0;a\n"s}) {
        EXPECT_EQ(verdict(bytes), Verdict::broken) << bytes;
    }
}

TEST(ChunkedContent, DataEndsWithCrLfExactly) {
    for (const char* const bytes : {"3\r\nabcd", "3\r\nabc\n", "3\r\nabc\r\r", "3\r\nabc0\r\n", "3\r\nabc \r\n", "3\r\nabc\rX"}) {
        EXPECT_EQ(verdict(bytes), Verdict::broken) << bytes;
    }
}

TEST(ChunkedContent, AChunkLineIsAtMost256Bytes) {
    EXPECT_EQ(verdict("3;" + std::string(254, 'a') + "\r\nabc\r\n0\r\n\r\n"), Verdict::whole);
    EXPECT_EQ(verdict("3;" + std::string(255, 'a') + "\r\nabc\r\n0\r\n\r\n"), Verdict::broken);
}

TEST(ChunkedContent, ManyLongExtensionsForLittleDataAreBroken) {
    std::string bytes;
    for (int i = 0; i < 200; ++i) bytes += "1;" + std::string(200, 'a') + "\r\nx\r\n";
    EXPECT_EQ(verdict(bytes), Verdict::broken);
    bytes.clear();
    for (int i = 0; i < 2000; ++i) bytes += "1;a=b\r\nx\r\n";
    EXPECT_EQ(verdict(bytes + "0\r\n\r\n"), Verdict::whole);
}

TEST(Trailers, AreKeptInCanonicalForm) {
    EXPECT_EQ(decode(Framing::chunked, "0\r\nX-Checksum:abc \r\nServer-Timing: \tdb;dur=5\r\n\r\n").trailers,
              "X-Checksum: abc\r\nServer-Timing: db;dur=5\r\n");
}

TEST(Trailers, FieldsThatDecideSomethingAreDropped) {
    std::string section;
    for (const char* const name : {"Content-Length",
                                   "Transfer-Encoding",
                                   "Host",
                                   "Connection",
                                   "Trailer",
                                   "TE",
                                   "Upgrade",
                                   "Authorization",
                                   "WWW-Authenticate",
                                   "Proxy-Authenticate",
                                   "Proxy-Authentication-Info",
                                   "Cookie",
                                   "Set-Cookie",
                                   "Cache-Control",
                                   "Age",
                                   "Date",
                                   "Expires",
                                   "Location",
                                   "Retry-After",
                                   "Vary",
                                   "Warning",
                                   "Content-Type",
                                   "Content-Encoding",
                                   "Content-Range",
                                   "Content-Disposition",
                                   "Expect",
                                   "Range",
                                   "If-Match",
                                   "If-Unknown",
                                   "Max-Forwards",
                                   "X-Forwarded-For",
                                   "X-Forwarded-User",
                                   "Access-Control-Allow-Origin",
                                   "Surrogate-Key",
                                   "Cache-Groups",
                                   "Via",
                                   "Forwarded",
                                   "Keep-Alive",
                                   "Content_Length"}) {
        EXPECT_FALSE(may_stand_in_trailers(name)) << name;
        section += name + ": x\r\n"s;
    }
    EXPECT_EQ(decode(Framing::chunked, "0\r\nA: 1\r\n" + section + "B: 2\r\n\r\n").trailers, "A: 1\r\nB: 2\r\n");
}

TEST(Trailers, WhatIsKnownOnlyAfterTheContentMayStandThere) {
    for (const char* const name : {"ETag", "Server-Timing", "Content-Digest", "Digest", "grpc-status", "X-Anything"}) {
        EXPECT_TRUE(may_stand_in_trailers(name)) << name;
    }
}

TEST(Trailers, AMalformedSectionIsBroken) {
    for (const std::string& section : {"A: b\n\r\n"s, "A: b\r\n\n"s, "A\r\n\r\n"s, ": b\r\n\r\n"s, "A : b\r\n\r\n"s,
                                       " A: b\r\n\r\n"s, "A: b\r\n c\r\n\r\n"s, "A: b\rc\r\n"s, "A: \0\r\n"s, "A: \x7f\r\n"s,
                                       "A b: c\r\n\r\n"s, "Content-Length : 5\r\n\r\n"s, "\n"s, "\r\r"s, "A: b\r\n\rX"s}) {
        const Result result = decode(Framing::chunked, "0\r\n" + section);
        EXPECT_EQ(result.verdict, Verdict::broken) << section;
        EXPECT_EQ(result.trailers, "");
    }
}

TEST(Trailers, AreAtMost8KiB) {
    const std::string most = "A: " + std::string(8192 - 7, 'x') + "\r\n\r\n";
    ASSERT_EQ(most.size(), 8192u);
    EXPECT_EQ(verdict("0\r\n" + most), Verdict::whole);
    EXPECT_EQ(verdict("0\r\nA" + most), Verdict::broken);
    std::string dropped;
    while (dropped.size() < 8200) dropped += "Age: 1\r\n";
    EXPECT_EQ(verdict("0\r\n" + dropped + "\r\n"), Verdict::broken);
}

struct Message {
    Framing framing;
    std::uint64_t length;
    std::string bytes;
};

std::vector<Message> messages() {
    return {
        {Framing::none, 0, "next"},
        {Framing::length, 11, "hello worldnext"},
        {Framing::until_close, 0, "hello"},
        {Framing::chunked, 0, "5\r\nhello\r\n6;a=\"b\\\"\"\r\n world\r\n0\r\n\r\nnext"},
        {Framing::chunked, 0, "0\r\nA:b\r\nContent-Length: 5\r\nEtag: \"x\"\r\n\r\nnext"},
        {Framing::chunked, 0, "3\r\n\r\n\r\r\n3\r\n0\r\n\r\n0\r\n\r\n"},
        {Framing::chunked, 0, "3\r\nabcX"},
        {Framing::chunked, 0, "3\r\nabc\r\n3 \r\nabc"},
        {Framing::chunked, 0, "3;a=\"\r\nabc\r\n0\r\n\r\n"},
        {Framing::chunked, 0, "2\r\nab\r\n0\r\nA: b\r\n c\r\n\r\n"},
        {Framing::chunked, 0, "2\r\nab\r\n0;x=y\r\nA : b\r\n\r\n"},
        {Framing::chunked, 0, "00000000000000001\r\na\r\n"},
        {Framing::chunked, 0, "2\r\nab\r\n0\r\n\rX"},
    };
}

TEST(Content, IsTheSameHoweverTheStreamIsCut) {
    for (const Message& message : messages()) {
        const std::string_view bytes = message.bytes;
        const Result whole = decode(message.framing, bytes, message.length);
        for (std::size_t first = 0; first <= bytes.size(); ++first) {
            for (std::size_t second = first; second <= bytes.size(); ++second) {
                Reader reader(message.framing, message.length);
                reader.feed(bytes.substr(0, first));
                reader.feed(bytes.substr(first, second - first));
                reader.feed(bytes.substr(second));
                ASSERT_EQ(reader.result(), whole) << message.bytes << " cut at " << first << " and " << second;
            }
        }
        Reader reader(message.framing, message.length);
        for (const char byte : bytes) reader.feed({&byte, 1});
        EXPECT_EQ(reader.result(), whole) << message.bytes << " byte by byte";
    }
}

TEST(ChunkHead, IsTheSizeInHexadecimal) {
    const auto written = [](std::size_t size) {
        char out[18];
        return std::string(out, write_chunk_head(out, size));
    };
    EXPECT_EQ(written(500), "1f4\r\n");
    EXPECT_EQ(written(0), "0\r\n");
    EXPECT_EQ(written(static_cast<std::size_t>(-1)), "ffffffffffffffff\r\n");
}

}  // namespace
}  // namespace sidecache::http1
