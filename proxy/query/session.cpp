#include "proxy/query/session.hpp"

#include "cache/secret/keyed_digest.hpp"
#include "proxy/query/handlers.hpp"

#include <algorithm>
#include <utility>

namespace sidecache::query {
namespace {

// As Redis: whoever has not said who they are sends little.
constexpr resp::RequestLimits limits_of_strangers{.arguments = 10, .argument = 16 * 1024, .request = 256 * 1024};
constexpr std::size_t most_told = 128;  // octets of what nobody knows

// What a browser sends that was made to talk to this port (as Redis: "possible security attack").
bool is_of_http(std::string_view name) noexcept { return http::iequals(name, "post") || http::iequals(name, "host:"); }

}  // namespace

Session::Session(const House& house, const Options& options, Peer peer, std::string& out)
    : house_(house), options_(options), peer_(std::move(peer)), reply_(out), is_let_in_(options.password.empty()) {}

const resp::RequestLimits& Session::request_limits() const noexcept { return is_let_in_ ? options_.request : limits_of_strangers; }

bool Session::is_right_password(std::string_view password) const noexcept {
    return secret::keyed_digest({password}) == secret::keyed_digest({options_.password});
}

void Session::run(Arguments arguments, Time now) {
    if (arguments.empty()) return;
    const Command* command = find_command(arguments.front());
    if (command == nullptr) return refuse_unknown(arguments);
    if (!command->has_arity(arguments.size())) {
        const Call call{*this, house_.keyspace, options_, house_.tally, house_.reader, arguments, now, reply_};
        return refuse_arity(*command, call);
    }
    if (!is_let_in_ && command->needs_password) return fail("NOAUTH Authentication required.");
    if (is_queueing_ && command->in_transaction == Command::In::queued) return queue(*command, arguments);
    run_passed(*command, arguments, now);
}

void Session::refuse(std::string_view problem) {
    house_.tally.errors.add(1);
    reply_.error("ERR Protocol error: " + std::string(problem));
    is_over_ = true;
}

void Session::refuse_unknown(Arguments arguments) {
    house_.tally.commands.back().add(1);
    if (is_of_http(arguments.front())) return end();
    if (!is_let_in_) return fail("NOAUTH Authentication required.");
    std::string text = "ERR unknown command '" + std::string(arguments.front().substr(0, most_told)) + "', with args beginning with: ";
    for (const std::string_view argument : arguments.subspan(1)) {
        if (text.size() > 2 * most_told) break;
        text.append("'").append(argument.substr(0, most_told)).append("' ");
    }
    fail(text);
}

void Session::refuse_arity(const Command& command, const Call& call) {
    if (command.name == "exec") {
        end_transaction();
        return call.error("EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command");
    }
    call.wrong_number_of_arguments();
    has_failed_ |= is_queueing_;
}

void Session::fail(std::string_view error) {
    house_.tally.errors.add(1);
    reply_.error(error);
    has_failed_ |= is_queueing_;
}

void Session::run_passed(const Command& command, Arguments arguments, Time now) {
    keyspace::Gate& gate = house_.keyspace.gate();
    if (command.pass == Command::Pass::none) return run_known(command, arguments, now);
    if (command.runs_alone(arguments)) {
        const auto pass = gate.alone();
        return run_known(command, arguments, now);
    }
    const auto pass = gate.beside_others(house_.worker);
    run_known(command, arguments, now);
}

void Session::run_known(const Command& command, Arguments arguments, Time now) {
    house_.tally.commands[static_cast<std::size_t>(&command - commands().data())].add(1);
    const std::size_t before = reply_.size();
    Call call{*this, house_.keyspace, options_, house_.tally, house_.reader, arguments, now, reply_};
    command.run(call);
    // EXEC says of each of its commands what had no room: they were done.
    if (reply_.size() - before <= options_.reply || command.run == &exec) return;
    reply_.take_back(before);
    call.error(too_large_a_reply);
}

void Session::queue(const Command& command, Arguments arguments) {
    queued_size_ += sizeof(Queued);
    for (const std::string_view argument : arguments) queued_size_ += argument.size() + sizeof(std::string);
    if (queued_size_ > options_.transaction) return fail("ERR the transaction is larger than query.transaction allows");
    queued_.push_back({&command, {arguments.begin(), arguments.end()}});
    reply_.status("QUEUED");
}

void Session::end_transaction() {
    is_queueing_ = has_failed_ = false;
    queued_ = std::vector<Queued>();
    queued_size_ = 0;
    unwatch();
}

void Session::watch(Call& call, std::string_view key) {
    watched_size_ += key.size();
    watched_.push_back({house_.keyspace.watch(database_, key), call.find(key) != nullptr});
}

void Session::unwatch() noexcept {
    watched_.clear();
    watched_size_ = 0;
}

bool Session::is_as_watched(Time now) const {
    return std::ranges::none_of(watched_, [&](const Watched& each) {
        return each.watch.is_changed() || (house_.keyspace.find(each.watch.database(), each.watch.key(), now) != nullptr) != each.was_there;
    });
}

void Session::run_transaction(Call& call) {
    const bool has_failed = has_failed_;
    const bool may_run = !has_failed && is_as_watched(call.now);
    const std::vector<Queued> queued = std::exchange(queued_, {});
    end_transaction();
    if (has_failed) return call.error("EXECABORT Transaction discarded because of previous errors.");
    if (!may_run) return reply_.nil_array();
    const std::size_t before = reply_.size();
    reply_.array(queued.size());
    for (const Queued& each : queued) {
        const std::size_t begin = reply_.size();
        const std::vector<std::string_view> arguments(each.arguments.begin(), each.arguments.end());
        run_known(*each.command, arguments, call.now);
        if (reply_.size() - before <= options_.reply) continue;
        // It was done: that alone is still told.
        reply_.take_back(begin);
        call.error(too_large_a_reply);
    }
}

void Session::begin_anew() {
    end_transaction();
    database_ = 0;
    name_.clear();
    is_let_in_ = options_.password.empty();
    reply_.speak(false);
}

}  // namespace sidecache::query
