// The claims of a token that was verified (RFC 7519 §4), and the paths by which they are asked for.
#pragma once

#include "cache/http/date.hpp"
#include "cache/json/pointer.hpp"

#include <boost/json/fwd.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sidecache::jwt {

using ClaimPath = strict_json::Pointer;  // to a claim

// Immutable; copies share the same claims.
class Claims {
public:
    // What "exp" says, without any leeway; rounded down to a second. nullopt where it is missing.
    std::optional<http::SystemTime> expires_at() const noexcept { return expires_at_; }

    // The claim as a text by which principals are told apart. Two values never share one, but for a number or a boolean
    // and the string that spells it:
    //     string          as it is; as a JSON string, in quotes, if it begins with '"' or '['
    //     whole number    in decimal
    //     boolean         true, false
    //     strings in [ ]  as JSON without spaces, in the order of the token: whether order has a meaning is the issuer's secret
    // nullopt for what is missing, null, an object, an array of anything else, a fraction (1.0 too), and a number beyond
    // 64 bits, which could not be told from its neighbours.
    std::optional<std::string> text_at(const ClaimPath& path) const;

    Claims(boost::json::object claims, std::optional<http::SystemTime> expires_at);

private:
    std::shared_ptr<const boost::json::object> claims_;
    std::optional<http::SystemTime> expires_at_;
};

// As text_at, of any value.
std::optional<std::string> text_of(const boost::json::value& value);

}  // namespace sidecache::jwt
