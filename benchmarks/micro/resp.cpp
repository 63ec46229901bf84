// Redis' protocol: a command written, replies read (cache/resp, hiredis behind it), and requests read.
#include "benchmarks/micro/measure.hpp"

#include "cache/resp/command.hpp"
#include "cache/resp/reader.hpp"
#include "cache/resp/request_reader.hpp"

#include <array>
#include <string>
#include <string_view>

namespace sidecache::micro {
namespace {

using namespace std::string_view_literals;

void command(benchmark::State& state) {
    const std::array arguments{"GET"sv, "records:r:0123456789abcdef0123456789abcdef"sv};
    std::string out;
    measure(state, [&] {
        out.clear();
        resp::append_command(out, arguments);
        return out.data();
    });
    insist(state, out.starts_with("*2\r\n$3\r\nGET\r\n$42\r\n"), "another command was written");
}
BENCHMARK(command)->Name("resp/command/get");

void reply(benchmark::State& state, const std::string& octets, resp::Value::Kind kind) {
    resp::Reader reader({});
    bool is_good = true;
    measure(state, [&] {
        reader.feed(octets);
        const auto value = reader.next();
        is_good &= value && value->kind == kind;
        return is_good;
    });
    insist(state, is_good, "another reply was read");
}
BENCHMARK_CAPTURE(reply, nil, "$-1\r\n", resp::Value::Kind::nil)->Name("resp/reply/nil");
BENCHMARK_CAPTURE(reply, text, "$1024\r\n" + std::string(1024, 'x') + "\r\n", resp::Value::Kind::text)->Name("resp/reply/1_KiB");
BENCHMARK_CAPTURE(reply, array, "*3\r\n:1\r\n+OK\r\n$5\r\nhello\r\n", resp::Value::Kind::array)->Name("resp/reply/array");

void requests(benchmark::State& state, std::string_view octets, std::size_t count) {
    resp::RequestReader reader;
    std::size_t read = 0;
    std::size_t rounds = 0;
    measure(state, [&] {
        std::string_view unread = octets;
        while (reader.look(unread, {}) == resp::RequestReader::State::request) {
            unread.remove_prefix(reader.size());
            reader.begin();
            ++read;
        }
        ++rounds;
        return read;
    });
    insist(state, read == count * rounds, "other requests were read");
}
std::string gets(std::size_t count) {
    std::string octets;
    for (std::size_t i = 0; i < count; ++i) resp::append_command(octets, std::array{"GET"sv, ":1:views.decorators.cache.cache_page.records.12345"sv});
    return octets;
}
const std::string one_get = gets(1);
const std::string sixteen_gets = gets(16);
BENCHMARK_CAPTURE(requests, get, one_get, 1)->Name("resp/request/get");
BENCHMARK_CAPTURE(requests, pipeline, sixteen_gets, 16)->Name("resp/request/16_gets");
BENCHMARK_CAPTURE(requests, line, "PING\r\n", 1)->Name("resp/request/line");

}  // namespace
}  // namespace sidecache::micro
