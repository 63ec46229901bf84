// From a request to who asks it: a digest that partitions the cache, and one of the credential itself. Neither lets the credential be found again.
#pragma once

#include "cache/http/message.hpp"
#include "cache/principals/principal.hpp"
#include "cache/secret/keyed_digest.hpp"

#include <cstdint>
#include <map>

namespace sidecache::principals {

struct Identity {
    enum class Kind : std::uint8_t {
        anonymous,  // none of what the principal names is there
        known,
        unclear,    // a credential that cannot be read in one way, that is not believed, or that the principal does not name: never reused, never stored
    } kind = Kind::unclear;
    bool is_verified = false;           // by a token's signature: the partition is its claim
    secret::Digest credential{};        // of what was presented
    secret::Digest partition{};         // of an opaque credential the same
    http::SystemTime expires{};         // of a token
};

// One worker's: it remembers tokens that were verified, since a signature costs more than a hit.
class Identifier {
public:
    explicit Identifier(std::size_t remembered = 4096) : limit_(remembered) {}

    Identity identify(const Principal& principal, const http::RequestView& request, http::SystemTime now);

    // After a change of the configuration: keys may have gone.
    void forget() { tokens_.clear(); }

private:
    struct Verified {
        secret::Digest partition;
        http::SystemTime expires;
    };
    Identity identify_token(const Principal& principal, const http::RequestView& request, http::SystemTime now);

    std::size_t limit_;
    std::map<secret::Digest, Verified> tokens_;
};

}  // namespace sidecache::principals
