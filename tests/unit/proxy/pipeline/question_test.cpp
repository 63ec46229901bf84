#include "proxy/pipeline/question.hpp"

#include <gtest/gtest.h>

namespace sidecache::pipeline {
namespace {

std::string head_of(std::string_view query) {
    const Question question = read_question(query);
    EXPECT_EQ(question.problem, "") << query;
    return question.head;
}

TEST(Question, IsARequestAsAClientWouldSendIt) {
    EXPECT_EQ(head_of("url=/doctors/&host=api.example"), "GET /doctors/ HTTP/1.1\r\nHost: api.example\r\n\r\n");
    EXPECT_EQ(head_of("url=http://api.example:81/a?b=1"), "GET /a?b=1 HTTP/1.1\r\nHost: api.example:81\r\n\r\n");
    EXPECT_EQ(head_of("url=HTTPS://api.example"), "GET / HTTP/1.1\r\nHost: api.example\r\n\r\n");
    EXPECT_EQ(head_of("url=http://a?b"), "GET /?b HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(head_of("method=PATCH&host=a&url=%2Fx%3Fa%3D1%26b%3D2"), "PATCH /x?a=1&b=2 HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST(Question, CarriesFields) {
    EXPECT_EQ(head_of("url=/&host=a&header=Accept:%20x&header=Cookie:a%3D1&header=X-Empty:"),
              "GET / HTTP/1.1\r\nHost: a\r\nAccept: x\r\nCookie: a=1\r\nX-Empty: \r\n\r\n");
    EXPECT_EQ(head_of("url=/&header=Host:+b"), "GET / HTTP/1.1\r\nHost: b\r\n\r\n");
}

TEST(Question, ThatIsUnclearIsAnsweredWithWhatWasExpected) {
    struct Case {
        std::string_view query, problem;
    };
    for (const Case& c : {
             Case{"", "url is missing"},
             Case{"host=a", "url is missing"},
             Case{"url=&host=a", "url is missing"},
             Case{"url=/", "The host is missing"},
             Case{"url=/&host=", "The host is no host name"},
             Case{"url=/&host=a%20b", "The host is no host name"},
             Case{"url=/&host=user@a", "The host is no host name"},
             Case{"url=http://user:p@a/", "The host is no host name"},
             Case{"url=doctors/&host=a", "url is neither a path"},
             Case{"url=*&host=a", "url is neither a path"},
             Case{"url=ftp://a/", "url is neither a path"},
             Case{"url=/a%20b&host=a", "url has a character"},
             Case{"url=/a%23b&host=a", "url has a character"},
             Case{"url=/%C3%BC&host=a", "url has a character"},
             Case{"url=/%zz&host=a", "A value has a broken escape"},
             Case{"url=/%2&host=a", "A value has a broken escape"},
             Case{"url=/a%0D%0AX:%201&host=a", "A value has a broken escape or a control character"},
             Case{"url=/&host=a&header=A:%0D%0AB:%201", "A value has a broken escape or a control character"},
             Case{"url=/&host=a&header=A", "header is not of the form"},
             Case{"url=/&host=a&header=A%20B:%20c", "header is not of the form"},
             Case{"url=/&host=a&header=:%20c", "header is not of the form"},
             Case{"url=/&host=a&method=G%20T", "method is no method"},
             Case{"url=/&host=a&method=", "method is no method"},
             Case{"url=/&url=/&host=a", "url is given twice"},
             Case{"url=/&host=a&host=a", "host is given twice"},
             Case{"url=http://a/&host=b", "url names another host"},
             Case{"url=/&host=a&header=Host:%20b", "The host is given twice"},
             Case{"url=/&host=a&verbose=1", "There is a parameter that is not known"},
             Case{"url=/?x=1&page=2&host=a", "There is a parameter that is not known"},
         }) {
        const Question question = read_question(c.query);
        EXPECT_EQ(question.problem.substr(0, c.problem.size()), c.problem) << c.query;
        EXPECT_EQ(question.head, "") << c.query;
    }
}

TEST(Question, ThatIsRefusedIsNotRepeated) {
    for (const std::string_view query : {"url=/%0dhunter2", "url=/&host=hunter2%20", "header=hunter2&url=/&host=a", "hunter2=1", "hunter2", "url=hunter2", "url=/&host=a&method=hunter%202"}) {
        EXPECT_EQ(read_question(query).problem.find("hunter"), std::string::npos) << query;
        EXPECT_NE(read_question(query).problem, "") << query;
    }
}

}  // namespace
}  // namespace sidecache::pipeline
