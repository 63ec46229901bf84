#include "cache/policy/reasons.hpp"

namespace sidecache::policy {

Reason reason_of(Storage storage) noexcept {
    switch (storage) {
        case Storage::store:
            return {"nothing forbids to store it", "RFC 9111 §3"};
        case Storage::route_off:
            return {"its route says cache: off", "routes: cache"};
        case Storage::method:
            return {"only answers to GET are stored", "RFC 9111 §3"};
        case Storage::status:
            return {"its status is not cacheable without explicit freshness, or never", "RFC 9111 §3"};
        case Storage::request_no_store:
            return {"the request says Cache-Control: no-store", "RFC 9111 §5.2.1.5"};
        case Storage::no_store:
            return {"the answer says Cache-Control: no-store", "RFC 9111 §5.2.2.5"};
        case Storage::is_private:
            return {"the answer says Cache-Control: private", "RFC 9111 §5.2.2.7"};
        case Storage::authorization:
            return {"the request has Authorization, and the answer does not say public, must-revalidate or s-maxage", "RFC 9111 §3.5"};
        case Storage::set_cookie:
            return {"the answer has Set-Cookie and does not say public", "set_cookie: refuse"};
        case Storage::vary_star:
            return {"the answer says Vary: *", "RFC 9111 §4.1"};
        case Storage::language:
            return {"the answer is in another language than the one that its key names", "keys.languages"};
        case Storage::no_freshness:
            return {"the answer has neither freshness nor a validator", "RFC 9111 §4.2.1"};
        case Storage::malformed:
            return {"the answer has a field that cannot be read, such as Vary", "RFC 9111 §4.1"};
        case Storage::groups:
            return {"its groups cannot be listed in full", "limits.groups"};
        case Storage::held:
            return {"a write whose outcome is unknown may yet change it", "writes.settle"};
        case Storage::too_large:
            return {"its content is larger than memory.max_object", "memory.max_object"};
        case Storage::not_admitted:
            return {"the store is full, and it was missed too seldom lately to be worth the room of many others", "memory.size"};
    }
    return {};
}

Reason reason_of(ReuseRule rule) noexcept {
    switch (rule) {
        case ReuseRule::precondition:
            return {"the request has If-Match or If-Unmodified-Since, which only the origin can judge", "RFC 9111 §4.3.2"};
        case ReuseRule::untrusted:
            return {"consistency no longer trusts what is stored", "epochs"};
        case ReuseRule::request_no_cache:
            return {"the request says no-cache", "RFC 9111 §5.2.1.4"};
        case ReuseRule::response_no_cache:
            return {"the stored response says no-cache", "RFC 9111 §5.2.2.4"};
        case ReuseRule::request_max_age:
            return {"the request's max-age is less than its age", "RFC 9111 §5.2.1.1"};
        case ReuseRule::request_min_fresh:
            return {"the request's min-fresh is more than the freshness that is left", "RFC 9111 §5.2.1.3"};
        case ReuseRule::fresh:
            return {"it is fresh", "RFC 9111 §4.2"};
        case ReuseRule::never_stale:
            return {"it is stale, and says must-revalidate, proxy-revalidate or s-maxage", "RFC 9111 §4.2.4"};
        case ReuseRule::max_stale:
            return {"the request's max-stale allows it", "RFC 9111 §5.2.1.2"};
        case ReuseRule::while_revalidate:
            return {"stale-while-revalidate allows it", "RFC 5861 §3"};
        case ReuseRule::stale:
            return {"it is stale", "RFC 9111 §4.2.4"};
    }
    return {};
}

Reason reason_of(LifetimeSource source) noexcept {
    switch (source) {
        case LifetimeSource::none:
            return {"the origin gave no freshness", "RFC 9111 §4.2.1"};
        case LifetimeSource::route:
            return {"the route says fresh", "routes: fresh"};
        case LifetimeSource::s_maxage:
            return {"the origin said s-maxage", "RFC 9111 §5.2.2.10"};
        case LifetimeSource::max_age:
            return {"the origin said max-age", "RFC 9111 §5.2.2.1"};
        case LifetimeSource::expires:
            return {"the origin said Expires", "RFC 9111 §5.3"};
        case LifetimeSource::heuristic:
            return {"a tenth of the time since Last-Modified, at most a day", "RFC 9111 §4.2.2"};
    }
    return {};
}

std::string_view name_of(Reuse reuse) noexcept {
    switch (reuse) {
        case Reuse::fresh:
            return "fresh";
        case Reuse::stale:
            return "stale";
        case Reuse::stale_while_revalidate:
            return "stale-while-revalidate";
        case Reuse::validate:
            return "validate";
        case Reuse::bypass:
            return "bypass";
        case Reuse::unsatisfiable:
            return "unsatisfiable";
    }
    return "";
}

}  // namespace sidecache::policy
