#include "cache/seal/fault.hpp"

#include <openssl/err.h>

#include <array>
#include <cassert>

namespace sidecache::seal {

std::string_view name_of(Reason reason) noexcept {
    switch (reason) {
        case Reason::not_sealed:
            return "not_sealed";
        case Reason::unknown_key:
            return "unknown_key";
        case Reason::damaged:
            return "damaged";
        case Reason::too_large:
            return "too_large";
        case Reason::openssl:
            return "openssl";
    }
    assert(false);
    return "damaged";
}

std::string describe(const Fault& fault) {
    std::string text(name_of(fault.reason));
    if (fault.openssl_error == 0) return text;
    std::array<char, 256> error{};
    ERR_error_string_n(fault.openssl_error, error.data(), error.size());
    return text + " (" + error.data() + ")";
}

}  // namespace sidecache::seal
