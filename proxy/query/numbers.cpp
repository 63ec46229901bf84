#include "cache/resp/integer.hpp"
#include "proxy/query/handlers.hpp"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>

namespace sidecache::query {
namespace {

using resp::integer_of;

constexpr std::size_t most_digits = 5 * 1024;  // as Redis: the largest number has 4,933 before the point

// Of the whole text; as Redis, in the machine's widest float, and no "nan", nor what is too large or too small for it.
std::optional<long double> float_of(std::string_view text) {
    if (text.empty() || text.size() >= most_digits || text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')) return std::nullopt;
    const std::string copy(text);
    char* end = nullptr;
    errno = 0;
    const long double number = std::strtold(copy.c_str(), &end);
    const bool is_out_of_range = errno == ERANGE && (std::isinf(number) || number == 0);
    if (end != copy.c_str() + copy.size() || std::isnan(number) || is_out_of_range) return std::nullopt;
    return number;
}

// As people write it: no exponent, no zeros at the end.
std::string text_of(long double number) {
    char digits[most_digits];
    std::string text(digits, static_cast<std::size_t>(std::snprintf(digits, sizeof digits, "%.17Lf", number)));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text == "-0" ? "0" : text;
}

void add_argument(Call& call, bool is_negative) {
    const auto amount = integer_of(call.argument(2));
    if (!amount) return call.not_an_integer();
    if (!is_negative) return add_to(call, call.argument(1), *amount);
    if (*amount == std::numeric_limits<std::int64_t>::min()) return call.error("ERR decrement would overflow");
    add_to(call, call.argument(1), -*amount);
}

}  // namespace

void add_to(Call& call, std::string_view key, std::int64_t amount) {
    const ValuePtr present = call.find(key);
    const auto before = present != nullptr ? integer_of(present->text()) : 0;
    if (!before) return call.not_an_integer();
    std::int64_t sum = 0;
    if (__builtin_add_overflow(*before, amount, &sum)) return call.error("ERR increment or decrement would overflow");
    if (call.set(key, std::to_string(sum), present != nullptr ? present->expires() : keyspace::never)) call.reply.integer(sum);
}

void incr(Call& call) { add_to(call, call.argument(1), 1); }
void decr(Call& call) { add_to(call, call.argument(1), -1); }
void incrby(Call& call) { add_argument(call, false); }
void decrby(Call& call) { add_argument(call, true); }

void incrbyfloat(Call& call) {
    const ValuePtr present = call.find(call.argument(1));
    const auto before = present != nullptr ? float_of(present->text()) : 0.0L;
    const auto amount = float_of(call.argument(2));
    if (!before || !amount) return call.error("ERR value is not a valid float");
    const long double sum = *before + *amount;
    if (std::isnan(sum) || std::isinf(sum)) return call.error("ERR increment would produce NaN or Infinity");
    const std::string text = text_of(sum);
    if (call.set(call.argument(1), text, present != nullptr ? present->expires() : keyspace::never)) call.reply.text(text);
}

}  // namespace sidecache::query
