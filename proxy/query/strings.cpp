#include "cache/resp/integer.hpp"
#include "proxy/query/expiry.hpp"
#include "proxy/query/handlers.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace sidecache::query {
namespace {

using resp::integer_of;

// EX, PX, EXAT, PXAT and its number, which is looked at when all options are read. The same one may be given again.
struct ExpiryOption {
    static constexpr std::array<std::string_view, 4> words{"ex", "px", "exat", "pxat"};
    std::string_view word;  // of these; empty: there is none
    std::string_view amount;

    // Takes it where it stands at `index` of the arguments, which is then that of its number.
    bool takes(const Call& call, std::size_t& index) {
        const std::string_view given = call.argument(index);
        const auto one = std::ranges::find_if(words, [given](std::string_view each) { return http::iequals(given, each); });
        if (one == words.end() || index + 1 == call.arguments.size() || (!word.empty() && word != *one)) return false;
        word = *one;
        amount = call.argument(++index);
        return true;
    }
    // nullopt: the reply says what is wrong.
    std::optional<Time> time(const Call& call) const {
        const auto number = integer_of(amount);
        if (!number) {
            call.not_an_integer();
            return std::nullopt;
        }
        const auto time = *number > 0 ? expiry_of(*number, {word.starts_with("ex"), word.ends_with("at")}, call.now) : std::nullopt;
        if (!time) call.invalid_expire_time();
        return time;
    }
};

// Asked before a value is changed whose old text is the reply. False: that would be too large, and the reply says so.
bool may_reply_with(Call& call, const ValuePtr& value) {
    if (value == nullptr || value->text().size() < call.options.reply) return true;
    call.error(too_large_a_reply);
    return false;
}

struct SetOptions {
    bool is_only_new = false;    // NX
    bool is_only_known = false;  // XX
    bool gets = false;
    bool keeps_time = false;
    Time expires = keyspace::never;
};

// nullopt: the reply says what is wrong.
std::optional<SetOptions> set_options(Call& call) {
    SetOptions options;
    ExpiryOption expiry;
    for (std::size_t i = 3; i < call.arguments.size(); ++i) {
        const std::string_view word = call.argument(i);
        if (http::iequals(word, "nx") && !options.is_only_known) {
            options.is_only_new = true;
        } else if (http::iequals(word, "xx") && !options.is_only_new) {
            options.is_only_known = true;
        } else if (http::iequals(word, "get")) {
            options.gets = true;
        } else if (http::iequals(word, "keepttl") && expiry.word.empty()) {
            options.keeps_time = true;
        } else if (options.keeps_time || !expiry.takes(call, i)) {
            call.syntax_error();
            return std::nullopt;
        }
    }
    if (expiry.word.empty()) return options;
    const auto time = expiry.time(call);
    if (!time) return std::nullopt;
    options.expires = *time;
    return options;
}

void set_for(Call& call, bool is_seconds) {
    const auto amount = integer_of(call.argument(2));
    if (!amount) return call.not_an_integer();
    const auto expires = *amount > 0 ? expiry_of(*amount, {is_seconds, false}, call.now) : std::nullopt;
    if (!expires) return call.invalid_expire_time();
    if (call.set(call.argument(1), call.argument(3), *expires)) call.reply.ok();
}

// False: it would be larger than a value may be, and the reply says so.
bool may_be_so_large(Call& call, std::size_t size) {
    if (size <= call.options.request.argument) return true;
    call.error("ERR string exceeds maximum allowed size (query.value)");
    return false;
}

}  // namespace

void get(Call& call) { call.reply_with_value_of(call.argument(1)); }

void set(Call& call) {
    const auto options = set_options(call);
    if (!options) return;
    const std::string_view key = call.argument(1);
    ValuePtr present;
    if (options->is_only_new || options->is_only_known || options->gets || options->keeps_time) present = call.find(key);
    if (options->gets && !may_reply_with(call, present)) return;
    const bool is_set = !(options->is_only_new && present != nullptr) && !(options->is_only_known && present == nullptr);
    if (is_set) {
        const Time expires = options->keeps_time && present != nullptr ? present->expires() : options->expires;
        if (!call.set(key, call.argument(2), expires)) return;
    }
    if (options->gets) return call.reply_with(present.get());
    is_set ? call.reply.ok() : call.reply.nil();
}

void setex(Call& call) { set_for(call, true); }
void psetex(Call& call) { set_for(call, false); }

void setnx(Call& call) {
    const bool is_new = call.find(call.argument(1)) == nullptr;
    if (is_new && !call.set(call.argument(1), call.argument(2), keyspace::never)) return;
    call.reply.boolean(is_new);
}

void getset(Call& call) {
    const ValuePtr present = call.read(call.argument(1));
    if (may_reply_with(call, present) && call.set(call.argument(1), call.argument(2), keyspace::never)) call.reply_with(present.get());
}

void getdel(Call& call) {
    const ValuePtr present = call.read(call.argument(1));
    if (!may_reply_with(call, present)) return;
    if (present != nullptr) call.keyspace.erase(call.database(), call.argument(1), call.now);
    call.reply_with(present.get());
}

void getex(Call& call) {
    bool persists = false;
    ExpiryOption expiry;
    for (std::size_t i = 2; i < call.arguments.size(); ++i) {
        if (http::iequals(call.argument(i), "persist") && expiry.word.empty()) {
            persists = true;
        } else if (persists || !expiry.takes(call, i)) {
            return call.syntax_error();
        }
    }
    const ValuePtr present = call.read(call.argument(1));
    if (present == nullptr) return call.reply.nil();
    Time expires = persists ? keyspace::never : present->expires();
    if (!expiry.word.empty()) {
        const auto time = expiry.time(call);
        if (!time) return;
        expires = *time;
    }
    if (expires != present->expires() && !call.set(call.argument(1), present->text(), expires)) return;
    call.reply_with(present.get());
}

void mget(Call& call) {
    const std::size_t before = call.reply.size();
    call.reply.array(call.arguments.size() - 1);
    for (const std::string_view key : call.arguments.subspan(1)) {
        call.reply_with_value_of(key);
        if (call.reply.size() - before > call.options.reply) return;  // whoever called says so
    }
}

void mset(Call& call) {
    if (call.arguments.size() % 2 == 0) return call.wrong_number_of_arguments();
    for (std::size_t i = 1; i < call.arguments.size(); i += 2) {
        if (!call.set(call.argument(i), call.argument(i + 1), keyspace::never)) return;
    }
    call.reply.ok();
}

void msetnx(Call& call) {
    if (call.arguments.size() % 2 == 0) return call.wrong_number_of_arguments();
    for (std::size_t i = 1; i < call.arguments.size(); i += 2) {
        if (call.find(call.argument(i)) != nullptr) return call.reply.integer(0);
    }
    for (std::size_t i = 1; i < call.arguments.size(); i += 2) {
        if (!call.set(call.argument(i), call.argument(i + 1), keyspace::never)) return;
    }
    call.reply.integer(1);
}

void append(Call& call) {
    const ValuePtr present = call.find(call.argument(1));
    const std::string_view before = present != nullptr ? present->text() : std::string_view();
    if (!may_be_so_large(call, before.size() + call.argument(2).size())) return;
    std::string text(before);
    text += call.argument(2);
    if (call.set(call.argument(1), text, present != nullptr ? present->expires() : keyspace::never)) call.reply.integer(static_cast<std::int64_t>(text.size()));
}

void strlen(Call& call) {
    const ValuePtr present = call.read(call.argument(1));
    call.reply.integer(present != nullptr ? static_cast<std::int64_t>(present->text().size()) : 0);
}

void getrange(Call& call) {
    const auto first = integer_of(call.argument(2));
    const auto last = integer_of(call.argument(3));
    if (!first || !last) return call.not_an_integer();
    const ValuePtr present = call.read(call.argument(1));
    const std::string_view text = present != nullptr ? present->text() : std::string_view();
    const auto size = static_cast<std::int64_t>(text.size());
    if (*first < 0 && *last < 0 && *first > *last) return call.reply.text({});
    const std::int64_t begin = std::max<std::int64_t>(*first < 0 ? size + std::max(*first, -size) : *first, 0);
    const std::int64_t end = std::min<std::int64_t>(std::max<std::int64_t>(*last < 0 ? size + std::max(*last, -size) : *last, 0), size - 1);
    if (begin > end || size == 0) return call.reply.text({});
    call.reply.text(text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin + 1)));
}

void setrange(Call& call) {
    const auto offset = integer_of(call.argument(2));
    if (!offset) return call.not_an_integer();
    if (*offset < 0) return call.error("ERR offset is out of range");
    const ValuePtr present = call.find(call.argument(1));
    const std::string_view before = present != nullptr ? present->text() : std::string_view();
    const std::string_view piece = call.argument(3);
    if (piece.empty()) return call.reply.integer(static_cast<std::int64_t>(before.size()));
    if (static_cast<std::uint64_t>(*offset) > call.options.request.argument) return static_cast<void>(may_be_so_large(call, call.options.request.argument + 1));
    const auto at = static_cast<std::size_t>(*offset);
    if (!may_be_so_large(call, at + piece.size())) return;
    std::string text(before);
    if (text.size() < at + piece.size()) text.resize(at + piece.size(), '\0');
    text.replace(at, piece.size(), piece);
    if (call.set(call.argument(1), text, present != nullptr ? present->expires() : keyspace::never)) call.reply.integer(static_cast<std::int64_t>(text.size()));
}

}  // namespace sidecache::query
