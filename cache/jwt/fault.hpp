// Why a token is not believed.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string_view>

namespace sidecache::jwt {

enum class Fault : std::uint8_t {
    malformed,       // no JWS in compact serialization, or a claim of the wrong kind
    too_large,       // more octets than the limit
    unsupported,     // an extension that is not understood: crit, b64, zip, a nested token
    algorithm,       // "none", an algorithm that is not verified here, or one that is not its key's
    unknown_key,     // a key id that no key has
    signature,       // the signature is not that of the key
    expired,         // exp
    without_expiry,  // no exp, where one is required
    not_yet_valid,   // nbf
    wrong_issuer,    // iss
    wrong_audience,  // aud
    wrong_type,      // typ
    wrong_claim,     // a claim that is expected to say something says something else, or is missing
};

std::string_view name_of(Fault fault) noexcept;  // "not_yet_valid"

template <typename T>
using Result = boost::system::result<T, Fault>;

}  // namespace sidecache::jwt
