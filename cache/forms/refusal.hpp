// Why octets are not taken for a stored response or mark: each its own reason, so that what a tier gives back is counted by it.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sidecache::forms {

enum class Refusal : std::uint8_t {
    foreign,        // does not begin as a stored form does
    older_version,
    newer_version,
    truncated,      // shorter than it says, or than any is
    damaged,        // its checksum is another one
    kind,           // of another kind than was asked for, or of none
    flags,          // says something that this version knows nothing of
    key,            // of another key than was asked for: two keys of one hash
    lengths,        // its parts do not add up to it
    status,         // none of a final response
    field,          // no field line that may be sent: a name, a value, a trailer, a reason phrase
    range,          // a time, an age or another number that nothing stored has
    spec,           // no spec of a mark
    content,        // cannot be decompressed to the size that it says
    too_large,      // over one of the caller's limits
};
inline constexpr std::size_t refusal_count = static_cast<std::size_t>(Refusal::too_large) + 1;

std::string_view name_of(Refusal refusal) noexcept;  // "older_version"

template <typename T>
using Decoded = boost::system::result<T, Refusal>;

[[noreturn]] void throw_exception_from_error(Refusal refusal, const boost::source_location& where);

}  // namespace sidecache::forms
