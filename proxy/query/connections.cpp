#include "cache/resp/integer.hpp"
#include "proxy/query/handlers.hpp"
#include "proxy/query/session.hpp"

#include <algorithm>
#include <string>

namespace sidecache::query {
namespace {

constexpr std::string_view wrong_password = "WRONGPASS invalid username-password pair or user is disabled.";
constexpr std::string_view no_password =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";

// False: the reply says why not.
bool let_in(Call& call, std::string_view user, std::string_view password, bool has_user) {
    if (call.options.password.empty() && !has_user) {
        call.error(no_password);
        return false;
    }
    // The one user there is; without a password of its own it takes any (as Redis' "nopass").
    const bool is_right = user == "default" && (call.options.password.empty() || call.session.is_right_password(password));
    if (!is_right) {
        call.error(wrong_password);
        return false;
    }
    call.session.let_in();
    return true;
}

bool is_name(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

bool give_name(Call& call, std::string_view name) {
    if (!is_name(name)) {
        call.error("ERR Client names cannot contain spaces, newlines or special characters.");
        return false;
    }
    call.session.give_name(name);
    return true;
}

std::string description(const Call& call) {
    const Session& session = call.session;
    return "id=" + std::to_string(session.peer().id) + " addr=" + session.peer().address + " name=" + session.name() + " db=" + std::to_string(session.database()) +
           " resp=" + (call.reply.is_resp3() ? "3" : "2") + " user=default\n";
}

}  // namespace

void ping(Call& call) {
    if (call.arguments.size() > 2) return call.wrong_number_of_arguments();
    call.arguments.size() == 2 ? call.reply.text(call.argument(1)) : call.reply.status("PONG");
}

void echo(Call& call) { call.reply.text(call.argument(1)); }

void select(Call& call) {
    const auto database = call.database_named(call.argument(1));
    if (!database) return;
    call.session.select(*database);
    call.reply.ok();
}

void auth(Call& call) {
    if (call.arguments.size() > 3) return call.syntax_error();
    const bool has_user = call.arguments.size() == 3;
    if (let_in(call, has_user ? call.argument(1) : "default", call.arguments.back(), has_user)) call.reply.ok();
}

void hello(Call& call) {
    bool is_resp3 = call.reply.is_resp3();
    if (call.arguments.size() > 1) {
        const auto version = resp::integer_of(call.argument(1));
        if (!version) return call.error("ERR Protocol version is not an integer or out of range");
        if (*version != 2 && *version != 3) return call.error("NOPROTO unsupported protocol version");
        is_resp3 = *version == 3;
    }
    for (std::size_t i = 2; i < call.arguments.size(); ++i) {
        const std::size_t left = call.arguments.size() - 1 - i;
        if (http::iequals(call.argument(i), "auth") && left >= 2) {
            if (!let_in(call, call.argument(i + 1), call.argument(i + 2), true)) return;
            i += 2;
        } else if (http::iequals(call.argument(i), "setname") && left >= 1) {
            if (!give_name(call, call.argument(++i))) return;
        } else {
            return call.error("ERR Syntax error in HELLO option '" + std::string(call.argument(i).substr(0, 128)) + "'");
        }
    }
    if (!call.session.is_let_in()) {
        return call.error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time");
    }
    call.reply.speak(is_resp3);
    call.reply.map(7);
    call.reply.text("server");
    call.reply.text("redis");
    call.reply.text("version");
    call.reply.text(redis_version);
    call.reply.text("proto");
    call.reply.integer(is_resp3 ? 3 : 2);
    call.reply.text("id");
    call.reply.integer(static_cast<std::int64_t>(call.session.peer().id));
    call.reply.text("mode");
    call.reply.text("standalone");
    call.reply.text("role");
    call.reply.text("master");
    call.reply.text("modules");
    call.reply.array(0);
}

void quit(Call& call) {
    call.session.end();
    call.reply.ok();
}

void reset(Call& call) {
    call.session.begin_anew();
    call.reply.status("RESET");
}

void client(Call& call) {
    const std::string_view word = call.argument(1);
    const std::size_t count = call.arguments.size();
    const auto is_on_or_off = [&] { return http::iequals(call.argument(2), "on") || http::iequals(call.argument(2), "off"); };
    if (http::iequals(word, "id") && count == 2) return call.reply.integer(static_cast<std::int64_t>(call.session.peer().id));
    if (http::iequals(word, "getname") && count == 2) return call.session.name().empty() ? call.reply.nil() : call.reply.text(call.session.name());
    if (http::iequals(word, "setname") && count == 3) {
        if (give_name(call, call.argument(2))) call.reply.ok();
        return;
    }
    if (http::iequals(word, "setinfo") && count == 4) {
        const bool is_known = http::iequals(call.argument(2), "lib-name") || http::iequals(call.argument(2), "lib-ver");
        return is_known ? call.reply.ok() : call.error("ERR Unrecognized option '" + std::string(call.argument(2).substr(0, 128)) + "'");
    }
    if (http::iequals(word, "info") && count == 2) return call.reply.verbatim(description(call));
    if ((http::iequals(word, "no-evict") || http::iequals(word, "no-touch")) && count == 3) return is_on_or_off() ? call.reply.ok() : call.syntax_error();
    if (http::iequals(word, "tracking") && count == 3 && http::iequals(call.argument(2), "off")) return call.reply.ok();
    if (http::iequals(word, "reply") && count == 3 && http::iequals(call.argument(2), "on")) return call.reply.ok();
    call.unknown_subcommand();
}

}  // namespace sidecache::query
