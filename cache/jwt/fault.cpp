#include "cache/jwt/fault.hpp"

#include <cassert>

namespace sidecache::jwt {

std::string_view name_of(Fault fault) noexcept {
    switch (fault) {
        case Fault::malformed:
            return "malformed";
        case Fault::too_large:
            return "too_large";
        case Fault::unsupported:
            return "unsupported";
        case Fault::algorithm:
            return "algorithm";
        case Fault::unknown_key:
            return "unknown_key";
        case Fault::signature:
            return "signature";
        case Fault::expired:
            return "expired";
        case Fault::without_expiry:
            return "without_expiry";
        case Fault::not_yet_valid:
            return "not_yet_valid";
        case Fault::wrong_issuer:
            return "wrong_issuer";
        case Fault::wrong_audience:
            return "wrong_audience";
        case Fault::wrong_type:
            return "wrong_type";
        case Fault::wrong_claim:
            return "wrong_claim";
    }
    assert(false);
    return "malformed";
}

}  // namespace sidecache::jwt
