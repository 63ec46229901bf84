#include "config/addresses.hpp"
#include "config/sections.hpp"
#include "config/units.hpp"
#include "config/wording.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;
constexpr std::size_t GiB = 1024 * MiB;
constexpr std::size_t values_in_memory = 8;  // at least so many of the largest must fit

void refuse_overlap(Reader& query, const Given<ListenAddress>& own, const ListenAddress& other, const std::string& of) {
    if (!overlap(own.value, other)) return;
    query.problem(own.place, "listen", in_quotes(own.value.text) + " overlaps " + of + " " + in_quotes(other.text), "the query door needs an address of its own");
}

void read_listen(Reader& query, Settings& settings) {
    const auto listen = query.list("listen", listen_address());
    const auto mode = query.get("listen_mode", permissions());
    bool has_unix = false;
    for (Given<ListenAddress> each : listen ? listen->value : std::vector<Given<ListenAddress>>{}) {
        for (const ListenAddress& other : settings.listen) refuse_overlap(query, each, other, "the listen address");
        for (const ListenAddress& other : settings.query_listen) refuse_overlap(query, each, other, "another one");
        if (settings.admin) refuse_overlap(query, each, *settings.admin, "the admin address");
        if (!each.value.unix_path.empty()) {
            has_unix = true;
            if (mode) each.value.unix_mode = mode->value;
        } else if (!is_loopback(each.value) && settings.query.password.empty()) {
            query.problem(each.place, "listen", in_quotes(each.value.text) + " is reached from other machines, and no password is asked for", "add password: ${QUERY_PASSWORD}");
        }
        settings.query_listen.push_back(std::move(each.value));
    }
    if (mode && !has_unix) query.problem(mode->place, "listen_mode", "it is of Unix sockets, and none is listened on");
}

void read_limits(Reader& query, Settings& settings) {
    query::Options& options = settings.query;
    query.read("databases", options.databases, number(1, 1'024));
    query.read("connections", options.connections, number(1, 1'000'000));
    const auto value = query.read("value", options.request.argument, size(1 * KiB, 512 * MiB));
    const std::size_t most = settings.memory.size / values_in_memory;
    if (value && options.request.argument > most) query.problem(*value, "value", expected_got("at most an eighth of memory.size (" + to_text(most) + ")", to_text(options.request.argument)));
    options.request.argument = std::min(options.request.argument, most);
    options.request.request = std::max(options.request.request, 2 * options.request.argument);
    options.reply = std::max(options.reply, 2 * options.request.argument);
    const auto request = query.read("request", options.request.request, size(64 * KiB, 16 * GiB));
    if (request && options.request.request < options.request.argument) {
        query.problem(*request, "request", expected_got("at least query.value (" + to_text(options.request.argument) + ")", to_text(options.request.request)));
    }
    query.read("arguments", options.request.arguments, number(16, 1'048'576));
    query.read("transaction", options.transaction, size(1 * KiB, 16 * GiB));
    query.read("reply", options.reply, size(64 * KiB, 16 * GiB));
    query.read("watches", options.watches, number(1, 1'048'576));
    query.section("timeouts", [&](Reader& timeouts) {
        timeouts.read("idle", options.idle, duration(1ms, 7 * 24h));
        timeouts.read("gap", options.gap, duration(1ms, 1h));
        timeouts.read("send", options.send, duration(1ms, 1h));
        timeouts.read("linger", options.linger, duration(0ms, 1min));
    });
}

}  // namespace

void read_query(Reader& query, Settings& settings) {
    query.read("password", settings.query.password, text("a password"));
    read_listen(query, settings);
    read_limits(query, settings);
    query.not_built("patterns", "leave it out: values are not invalidated by writes of HTTP");
    if (!settings.query_listen.empty() && settings.fleet) {
        query.problem(query.place(), "listen", "not built yet beside redis.url", "leave out one of them: what the query door keeps, other nodes do not know of");
    }
}

}  // namespace sidecache::config
