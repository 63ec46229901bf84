// Scripts that clients of caches send, known by the SHA-1 of their text, and done here: there is no interpreter. Locks of redis-py (release, extend,
// reacquire) and the counters of django-redis, the same in all versions of both.
#include "cache/resp/integer.hpp"
#include "proxy/query/expiry.hpp"
#include "proxy/query/handlers.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace sidecache::query {
namespace {

// KEYS[1] and ARGV of a script's call.
struct ScriptCall {
    Call& call;
    std::string_view key;
    Arguments arguments;

    // What the key holds, if that is ARGV[1]: the token of who holds the lock. Else the reply is 0.
    ValuePtr lock_of_caller() const {
        ValuePtr value = call.find(key);
        if (value != nullptr && value->text() == arguments[0]) return value;
        call.reply.integer(0);
        return nullptr;
    }
    void expire_in(const ValuePtr& lock, std::optional<std::int64_t> milliseconds) const {
        const auto expires = milliseconds ? expiry_of(*milliseconds, {}, call.now) : std::nullopt;
        if (!expires) return call.not_an_integer();
        if (call.set(key, lock->text(), *expires)) call.reply.integer(1);
    }
};

void release(const ScriptCall& script) {
    if (script.lock_of_caller() == nullptr) return;
    script.call.keyspace.erase(script.call.database(), script.key, script.call.now);
    script.call.reply.integer(1);
}

void extend(const ScriptCall& script) {
    const ValuePtr lock = script.lock_of_caller();
    if (lock == nullptr) return;
    if (!lock->is_expiring()) return script.call.reply.integer(0);
    auto milliseconds = resp::integer_of(script.arguments[1]);
    const bool is_added = script.arguments[2] == "0";
    const std::int64_t left = milliseconds_of(lock->expires()) - begun_milliseconds_of(script.call.now);
    if (milliseconds && is_added && __builtin_add_overflow(*milliseconds, left, &*milliseconds)) milliseconds.reset();
    script.expire_in(lock, milliseconds);
}

void reacquire(const ScriptCall& script) {
    if (const ValuePtr lock = script.lock_of_caller()) script.expire_in(lock, resp::integer_of(script.arguments[1]));
}

void add(const ScriptCall& script) {
    const auto amount = resp::integer_of(script.arguments[0]);
    if (!amount) return script.call.not_an_integer();
    add_to(script.call, script.key, *amount);
}

void add_to_present(const ScriptCall& script) {
    if (script.call.find(script.key) == nullptr) return script.call.reply.nil();
    add(script);
}

struct Script {
    std::string_view sha1;
    std::size_t arguments;
    void (*run)(const ScriptCall&);
};
constexpr std::array<Script, 5> scripts{{{"c3f8721cbb97f72bc19e972846bd7aaf91901658", 1, release},
                                         {"a4e8783852e6b949f9ef3a97212805108459a890", 3, extend},
                                         {"1cac51482acf5858da00f6d685d68f886cd6b6b2", 2, reacquire},
                                         {"f4a7da3e5d8ea3b46642af08427151cae0190400", 1, add_to_present},
                                         {"4d15273b16b10c15e1d9202cbe93c959ab7d250b", 1, add}}};

const Script* find_script(std::string_view sha1) noexcept {
    const auto found = std::ranges::find_if(scripts, [sha1](const Script& script) { return http::iequals(sha1, script.sha1); });
    return found == scripts.end() ? nullptr : found;
}

// In hexadecimal. As a name of a text that both sides know: nothing is secret here.
std::string sha1_of(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) throw std::runtime_error("OpenSSL cannot make a SHA-1");
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

constexpr std::string_view unknown_script = "ERR this script is none of those that sidecache knows: locks of redis-py, counters of django-redis";

void run(Call& call, const Script* script, std::string_view if_unknown) {
    const auto keys = resp::integer_of(call.argument(2));
    if (!keys) return call.not_an_integer();
    if (*keys < 0) return call.error("ERR Number of keys can't be negative");
    if (static_cast<std::uint64_t>(*keys) > call.arguments.size() - 3) return call.error("ERR Number of keys can't be greater than number of args");
    if (script == nullptr) return call.error(if_unknown);
    const Arguments arguments = call.arguments.subspan(3 + static_cast<std::size_t>(*keys));
    if (*keys < 1 || arguments.size() < script->arguments) return call.error("ERR this script needs a key and " + std::to_string(script->arguments) + " arguments");
    script->run({call, call.argument(3), arguments});
}

}  // namespace

void eval(Call& call) { run(call, find_script(sha1_of(call.argument(1))), unknown_script); }
void evalsha(Call& call) { run(call, find_script(call.argument(1)), "NOSCRIPT No matching script. Please use EVAL."); }

void script(Call& call) {
    const std::string_view word = call.argument(1);
    if (http::iequals(word, "load") && call.arguments.size() == 3) {
        const std::string sha1 = sha1_of(call.argument(2));
        return find_script(sha1) != nullptr ? call.reply.text(sha1) : call.error(unknown_script);
    }
    if (http::iequals(word, "exists") && call.arguments.size() > 2) {
        call.reply.array(call.arguments.size() - 2);
        for (const std::string_view sha1 : call.arguments.subspan(2)) call.reply.boolean(find_script(sha1) != nullptr);
        return;
    }
    if (http::iequals(word, "flush") && call.arguments.size() <= 3) return call.reply.ok();  // they are known all the same
    call.unknown_subcommand();
}

}  // namespace sidecache::query
