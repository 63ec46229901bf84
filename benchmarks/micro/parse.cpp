// Heads: found in what was read, and parsed (proxy/http1).
#include "benchmarks/micro/inputs.hpp"
#include "benchmarks/micro/measure.hpp"

namespace sidecache::micro {
namespace {

// As the door does it: where the head ends, then what it says.
void request(benchmark::State& state, std::string_view text) {
    http1::Fields fields;
    http1::RequestHead head;
    bool is_good = true;
    measure(state, [&] {
        const std::size_t size = http1::find_head_end(text, 0);
        is_good &= size == text.size() && !http1::parse_request_head(text.substr(0, size), {}, fields, head);
        return head.view.path.data();
    });
    insist(state, is_good, "the head was refused");
}
BENCHMARK_CAPTURE(request, curl, curl_head)->Name("parse/request/curl");
BENCHMARK_CAPTURE(request, browser, browser_head)->Name("parse/request/browser");

void end_of_head(benchmark::State& state) {
    std::size_t size = 0;
    measure(state, [&] { return size = http1::find_head_end(browser_head, 0); });
    insist(state, size == browser_head.size(), "the head has no end");
}
BENCHMARK(end_of_head)->Name("parse/end_of_head/browser");

void response(benchmark::State& state) {
    http1::Fields fields;
    http1::ResponseHead head;
    bool is_good = true;
    measure(state, [&] {
        const std::size_t size = http1::find_head_end(response_head, 0);
        is_good &= size == response_head.size() && http1::parse_response_head(response_head.substr(0, size), {}, http::Method::get, fields, head);
        return head.view.status;
    });
    insist(state, is_good && head.view.status == 200, "the head was refused");
}
BENCHMARK(response)->Name("parse/response");

}  // namespace
}  // namespace sidecache::micro
