#include "cache/resp/integer.hpp"
#include "proxy/query/expiry.hpp"
#include "proxy/query/handlers.hpp"

#include <string>

namespace sidecache::query {
namespace {

struct Condition {
    bool nx = false;  // only where it has none
    bool xx = false;  // only where it has one
    bool gt = false;  // only where it is later then
    bool lt = false;  // only where it is earlier then

    // Who never expires does so later than any.
    bool holds(Time before, Time after) const noexcept {
        const bool has_none = before == keyspace::never;
        return !(nx && !has_none) && !(xx && has_none) && !(gt && (has_none || after <= before)) && !(lt && !has_none && after >= before);
    }
};

// False: the reply says what is wrong.
bool read_condition(Call& call, Condition& condition) {
    for (const std::string_view word : call.arguments.subspan(3)) {
        if (http::iequals(word, "nx")) {
            condition.nx = true;
        } else if (http::iequals(word, "xx")) {
            condition.xx = true;
        } else if (http::iequals(word, "gt")) {
            condition.gt = true;
        } else if (http::iequals(word, "lt")) {
            condition.lt = true;
        } else {
            call.error("ERR Unsupported option " + std::string(word));
            return false;
        }
    }
    if (condition.nx && (condition.xx || condition.gt || condition.lt)) {
        call.error("ERR NX and XX, GT or LT options at the same time are not compatible");
        return false;
    }
    if (condition.gt && condition.lt) {
        call.error("ERR GT and LT options at the same time are not compatible");
        return false;
    }
    return true;
}

void expire_in(Call& call, TimeUnit unit) {
    Condition condition;
    if (!read_condition(call, condition)) return;
    const auto amount = resp::integer_of(call.argument(2));
    if (!amount) return call.not_an_integer();
    const auto expires = expiry_of(*amount, unit, call.now);
    if (!expires) return call.invalid_expire_time();
    const std::string_view key = call.argument(1);
    const ValuePtr value = call.find(key);
    if (value == nullptr || !condition.holds(value->expires(), *expires)) return call.reply.integer(0);
    if (call.set(key, value->text(), *expires)) call.reply.integer(1);
}

void reply_with_rest(Call& call, bool is_seconds) {
    const ValuePtr value = call.read(call.argument(1));
    if (value == nullptr) return call.reply.integer(-2);
    if (!value->is_expiring()) return call.reply.integer(-1);
    const std::int64_t left = milliseconds_of(value->expires()) - begun_milliseconds_of(call.now);
    call.reply.integer(is_seconds ? (left + 500) / 1000 : left);
}

void reply_with_time(Call& call, bool is_seconds) {
    const ValuePtr value = call.read(call.argument(1));
    if (value == nullptr) return call.reply.integer(-2);
    if (!value->is_expiring()) return call.reply.integer(-1);
    const std::int64_t time = milliseconds_of(value->expires());
    call.reply.integer(is_seconds ? (time + 500) / 1000 : time);
}

}  // namespace

void expire(Call& call) { expire_in(call, {true, false}); }
void pexpire(Call& call) { expire_in(call, {false, false}); }
void expireat(Call& call) { expire_in(call, {true, true}); }
void pexpireat(Call& call) { expire_in(call, {false, true}); }

void persist(Call& call) {
    const ValuePtr value = call.find(call.argument(1));
    const bool is_changed = value != nullptr && value->is_expiring();
    if (is_changed && !call.set(call.argument(1), value->text(), keyspace::never)) return;
    call.reply.boolean(is_changed);
}

void ttl(Call& call) { reply_with_rest(call, true); }
void pttl(Call& call) { reply_with_rest(call, false); }
void expiretime(Call& call) { reply_with_time(call, true); }
void pexpiretime(Call& call) { reply_with_time(call, false); }

}  // namespace sidecache::query
