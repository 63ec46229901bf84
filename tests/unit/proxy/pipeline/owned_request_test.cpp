// A request that outlives the connection that it came on.
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sidecache::pipeline {
namespace {

TEST(OwnedRequest, OutlivesWhatItWasReadFromAndReadsTheSame) {
    for (const std::string line : {"GET /patients/?page=2 HTTP/1.1", "GET http://other.example HTTP/1.1", "OPTIONS * HTTP/1.0", "PUT /a? HTTP/1.1"}) {
        auto first = std::make_unique<OwnedRequest>(testing::make_message("Accept: text/html\r\nX-Empty:\r\nContent-Length: 3\r\n", line));
        const auto second = std::make_unique<OwnedRequest>(*first);
        const std::string authority(first->view().authority);
        const std::string path(first->view().path);
        const bool has_query = first->view().has_query;
        first.reset();  // a sanitizer sees who looks at its bytes from now on

        const OwnedRequest third(*second);
        const http::RequestView& view = third.view();
        EXPECT_EQ(third.head().target, line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1));
        EXPECT_EQ(view.method_text, line.substr(0, line.find(' ')));
        EXPECT_EQ(view.authority, authority);
        EXPECT_EQ(view.path, path);
        EXPECT_EQ(view.has_query, has_query);
        EXPECT_EQ(third.head().content_length, 3u);
        ASSERT_EQ(view.fields.size(), 4u);
        EXPECT_EQ(view.fields[0].value, authority);
        EXPECT_EQ(view.fields[1].name, "Accept");
        EXPECT_EQ(view.fields[1].value, "text/html");
        EXPECT_EQ(view.fields[2].value, "");
        EXPECT_EQ(view.fields.data(), second->view().fields.data());
    }
}

}  // namespace
}  // namespace sidecache::pipeline
