// Why a value was not sealed, or not opened.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::seal {

enum class Reason : std::uint8_t {
    not_sealed,   // no text of this form: kept in clear, or sealed by a version that does it otherwise
    unknown_key,  // sealed under a key that is not among those given
    damaged,      // cut, changed, moved to another name, or made without the key
    too_large,    // more than Redis takes for a value
    openssl,      // OpenSSL failed: what was to be kept is not kept, and what was to be read is not there
};

std::string_view name_of(Reason reason) noexcept;  // "unknown_key"

struct Fault {
    Reason reason;
    unsigned long openssl_error = 0;  // what OpenSSL said last of it, or 0

    bool operator==(const Fault&) const = default;
};

std::string describe(const Fault& fault);  // for logs: "openssl (error:030000E2:digital envelope routines::...)"

template <typename T>
using Result = boost::system::result<T, Fault>;

}  // namespace sidecache::seal
