// What the claims of a token say, against what is expected of them (RFC 7519 §4.1).
#pragma once

#include "cache/jwt/header.hpp"
#include "cache/jwt/verify.hpp"

#include <boost/json/object.hpp>

namespace sidecache::jwt {

// Of a token whose signature is good.
Result<Claims> judge(boost::json::object claims, const Header& header, const Expectations& expected, http::SystemTime now);

}  // namespace sidecache::jwt
