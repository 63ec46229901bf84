// What OpenSSL allocates, owned; and its queue of errors, left as it was.
#pragma once

#include <openssl/err.h>

#include <string_view>

namespace sidecache::secret {

// Of a std::unique_ptr.
template <auto release>
struct Release {
    template <typename T>
    void operator()(T* what) const noexcept {
        release(what);
    }
};

// Errors of this scope do not stay in the thread's queue, where the next reader (TLS, say) would take them for its own.
class ErrorScope {
public:
    ErrorScope() noexcept { ERR_set_mark(); }
    ~ErrorScope() { ERR_pop_to_mark(); }
    ErrorScope(const ErrorScope&) = delete;
    ErrorScope& operator=(const ErrorScope&) = delete;
};

inline const unsigned char* octets(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace sidecache::secret
