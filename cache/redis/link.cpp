#include "cache/redis/link.hpp"

#include "cache/resp/command.hpp"
#include "proxy/runtime/look_up.hpp"
#include "proxy/runtime/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace sidecache::redis {
namespace {

using runtime::Io;
using runtime::Task;
using std::chrono::steady_clock;
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

Trouble trouble_of(Io io) noexcept { return io == Io::timeout ? Trouble::timeout : Trouble::closed; }

}  // namespace

Link::Link(runtime::Loop& loop, Options options, Traffic* traffic) : loop_(loop), options_(std::move(options)), traffic_(traffic) {}
Link::~Link() = default;

void Link::close() noexcept {
    channel_.reset();
    reader_.reset();
}

std::unique_ptr<Channel> Link::take() noexcept {
    reader_.reset();
    return std::move(channel_);
}

void Link::cancel() noexcept {
    boost::system::error_code ignored;
    if (channel_) channel_->stream().socket().cancel(ignored);
    if (inner_ != nullptr) inner_->cancel();
}

void Link::give_up() noexcept {
    is_given_up_ = true;
    cancel();
}

Task<Trouble> Link::connect(std::string host, std::uint16_t port) {
    std::vector<Endpoint> endpoints;
    if (!options_.address.unix_path.empty()) {
        endpoints.emplace_back(boost::asio::local::stream_protocol::endpoint(options_.address.unix_path));
    } else {
        auto found = co_await runtime::look_up(loop_, host, port, steady_clock::now() + options_.connect);
        if (!found) co_return Trouble::timeout;
        endpoints = std::move(*found);
    }
    Trouble trouble = Trouble::unreachable;
    for (const Endpoint& endpoint : endpoints) {
        runtime::Socket socket(loop_.executor());
        boost::system::error_code error;
        socket.open(endpoint.protocol(), error);
        if (error) continue;
        if (endpoint.protocol().family() != AF_UNIX) {
            const int yes = 1;
            ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        }
        channel_ = std::make_unique<Channel>(loop_, std::move(socket));
        channel_->stream().expect_within(options_.connect);
        const auto [failure] = co_await channel_->stream().socket().async_connect(endpoint, boost::asio::as_tuple(runtime::use_task));
        if (!failure) co_return co_await secure(host);
        if (channel_->stream().assess(failure) == Io::timeout) trouble = Trouble::timeout;  // the next may answer yet
        channel_.reset();
    }
    co_return trouble;
}

Task<Trouble> Link::secure(std::string host) {
    if (!options_.address.is_tls) co_return Trouble::none;
    if (options_.tls == nullptr) co_return Trouble::refused;
    const Io io = co_await channel_->secure(options_.tls, host);
    if (io == Io::ok) co_return Trouble::none;
    channel_.reset();
    co_return io == Io::failed ? Trouble::refused : trouble_of(io);
}

// Cancelled with the one that it is for.
class Link::Inner {
public:
    Inner(Link& outer, Link& link) : outer_(outer) { outer_.inner_ = &link; }
    ~Inner() { outer_.inner_ = nullptr; }
    Inner(const Inner&) = delete;
    Inner& operator=(const Inner&) = delete;

private:
    Link& outer_;
};

// Whom a sentinel names.
Task<std::optional<HostPort>> Link::ask_for_master(HostPort sentinel) {
    Options options = options_at(options_, std::move(sentinel));
    options.address.user = options_.sentinel_user;
    options.address.password = options_.sentinel_password;
    options.address.database = 0;
    Link link(loop_, std::move(options));
    const Inner known(*this, link);
    const Trouble opened = co_await link.open();
    if (opened != Trouble::none) co_return std::nullopt;
    std::vector<Command> commands{{"SENTINEL", "get-master-addr-by-name", options_.address.master}};
    const Replies replies = co_await link.ask(std::move(commands), options_.connect);
    if (replies.trouble != Trouble::none || replies.values[0].items.size() != 2) co_return std::nullopt;
    HostPort master{replies.values[0].items[0].text, 0};
    const std::string& port = replies.values[0].items[1].text;
    const auto read = std::from_chars(port.data(), port.data() + port.size(), master.port);
    if (read.ec != std::errc{} || read.ptr != port.data() + port.size()) co_return std::nullopt;
    co_return master;
}

// A server that is cut off from most of the others says so itself, after the cluster's node timeout.
Task<std::optional<SlotMap>> Link::ask_for_slots(runtime::Loop& loop, Options options, HostPort server, Link* outer) {
    const auto deadline = options.connect;
    Link link(loop, options_at(std::move(options), server));
    std::optional<Inner> known;
    if (outer != nullptr) known.emplace(*outer, link);
    const Trouble opened = co_await link.open();
    if (opened != Trouble::none) co_return std::nullopt;
    std::vector<Command> commands{{"CLUSTER", "INFO"}, {"CLUSTER", "SLOTS"}};
    const Replies replies = co_await link.ask(std::move(commands), deadline);
    if (replies.trouble != Trouble::none || replies.values[0].text.find("cluster_state:ok") == std::string::npos) co_return std::nullopt;
    co_return SlotMap::parse(replies.values[1], server);
}

Task<std::optional<HostPort>> Link::ask_for_owner(HostPort server) {
    const auto slots = co_await ask_for_slots(loop_, options_, std::move(server), this);
    if (!slots) co_return std::nullopt;
    known_ = slots->masters();
    const HostPort* const owner = slots->owner_of(slot_of(options_.key));
    if (owner == nullptr) co_return std::nullopt;
    co_return *owner;
}

Task<Trouble> Link::open() {
    close();
    if (is_given_up_) co_return Trouble::closed;
    const Trouble trouble = co_await open_somewhere();
    if (traffic_ != nullptr && trouble != Trouble::none) traffic_->note(trouble);
    co_return trouble;
}

Task<Trouble> Link::open_somewhere() {
    const Address& address = options_.address;
    if (!address.sentinels.empty() || !address.cluster.empty()) co_return co_await open_by_guides();
    HostPort server{address.host, address.port};
    co_return co_await open_at(std::move(server));
}

// One that is behind names a server that does not answer, or that says itself that it is no master. Who has led to one is asked first the next time; all together have
// as long as it takes to find four of them dead.
Task<Trouble> Link::open_by_guides() {
    const bool is_cluster = !options_.address.cluster.empty();
    const auto until = steady_clock::now() + 4 * options_.connect;
    std::vector<HostPort> guides;
    if (last_guide_) guides.push_back(*last_guide_);
    for (const std::vector<HostPort>& list : {is_cluster ? options_.address.cluster : options_.address.sentinels, known_}) {
        for (const HostPort& each : list) {
            if (std::ranges::find(guides, each) == guides.end()) guides.push_back(each);
        }
    }
    // The next time another one comes first, where this time was not enough for all.
    last_guide_.reset();
    Trouble trouble = Trouble::unreachable;
    for (std::size_t tried = 0; tried < guides.size() && !is_given_up_ && steady_clock::now() < until; ++tried) {
        const HostPort& guide = guides[tried];
        if (tried + 1 < guides.size()) last_guide_ = guides[tried + 1];
        std::optional<HostPort> server;
        if (is_cluster) {
            server = co_await ask_for_owner(guide);
        } else {
            server = co_await ask_for_master(guide);
        }
        if (!server) continue;
        trouble = co_await open_at(*std::move(server));
        if (trouble == Trouble::none) last_guide_ = guide;
        if (trouble == Trouble::none) break;
    }
    co_return trouble;
}

Task<Trouble> Link::open_at(HostPort server) {
    const Trouble connected = co_await connect(server.host, server.port);
    if (connected != Trouble::none) co_return connected;
    reader_.emplace(options_.limits);
    std::vector<Command> commands;
    const Address& address = options_.address;
    const bool is_watched = !address.sentinels.empty() || !address.cluster.empty();
    if (!address.password.empty()) commands.push_back(address.user.empty() ? Command{"AUTH", address.password} : Command{"AUTH", address.user, address.password});
    if (address.database != 0) commands.push_back({"SELECT", std::to_string(address.database)});
    commands.push_back({"PING"});
    if (is_watched) commands.push_back({"ROLE"});
    const Replies replies = co_await exchange(commands, steady_clock::now() + options_.connect);
    if (replies.trouble != Trouble::none) {
        close();
        co_return replies.trouble;
    }
    for (const resp::Value& reply : replies.values) {
        if (!reply.is_error()) continue;
        close();
        co_return Trouble::refused;
    }
    const resp::Value& role = replies.values.back();
    const bool is_master = !is_watched || (role.is_array() && !role.items.empty() && role.items[0].text == "master");
    if (!is_master) {
        close();
        co_return Trouble::unreachable;
    }
    channel_->stream().expect_nothing();
    co_return Trouble::none;
}

Task<Link::Replies> Link::ask(std::vector<Command> commands, std::chrono::milliseconds deadline) {
    if (!is_open()) co_return Replies{Trouble::closed};
    channel_->stream().expect_within(deadline);
    Replies replies = co_await exchange(commands, steady_clock::now() + deadline);
    if (traffic_ != nullptr) {
        traffic_->note(replies.trouble);
        for (const resp::Value& reply : replies.values) traffic_->note_reply(reply);
    }
    if (replies.trouble == Trouble::none) {
        channel_->stream().expect_nothing();
    } else {
        // At once, with what was not delivered yet: carried out late, it would undo what is said later on another connection.
        channel_->stream().abort();
        close();
    }
    co_return replies;
}

// The stream's deadline ends a wait; `until`, what goes on without waiting.
Task<Link::Replies> Link::exchange(const std::vector<Command>& commands, runtime::SteadyTime until) {
    std::string text;
    for (const Command& command : commands) resp::append_command(text, std::vector<std::string_view>(command.begin(), command.end()));
    // Without its own patience: the deadline is that of the whole exchange.
    const Io written = co_await channel_->write(text);
    if (written != Io::ok) co_return Replies{trouble_of(written)};
    if (traffic_ != nullptr) traffic_->sent.fetch_add(text.size(), std::memory_order_relaxed);
    Replies replies;
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        while (replies.values.size() < commands.size()) {
            auto value = reader_->next();
            if (!value) break;
            replies.values.push_back(*std::move(value));
        }
        if (replies.values.size() == commands.size()) co_return replies;
        if (reader_->is_broken()) co_return Replies{Trouble::protocol};
        const auto read = co_await channel_->read_some(buffer);
        if (read.io != Io::ok) co_return Replies{trouble_of(read.io)};
        if (traffic_ != nullptr) traffic_->received.fetch_add(read.bytes, std::memory_order_relaxed);
        if (steady_clock::now() >= until) co_return Replies{Trouble::timeout};
        reader_->feed({buffer.data(), read.bytes});
    }
}

}  // namespace sidecache::redis
