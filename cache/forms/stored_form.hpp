// The stored form: a response, or a mark that leads to responses, as octets that another process, another machine or a later version finds in Redis. docs/stored-form.md has it octet by octet.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/forms/compression.hpp"
#include "cache/forms/envelope.hpp"
#include "cache/forms/moment.hpp"
#include "cache/forms/refusal.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::forms {

// What is written is read again in full, but for: the hash (seeded per process), hits, and how the content was cut into chunks. Note that a fill's number is of the process that made it, as are
// the variants of a mark, which therefore are not written. False, and nothing appended, for what no reader would take: a content that is not complete or not kept, a head or facts that did
// not come over HTTP, a time before 1970.
bool append_form(std::string& out, const fill::StoredResponse& response, const Moment& now, const Compression& compression = {});
bool append_form(std::string& out, const fill::VaryMark& mark, const Moment& now);
bool append_form(std::string& out, const fill::SearchMark& mark, const Moment& now);

// What a reader takes at most; beyond it `Refusal::too_large`.
struct FormLimits {
    std::size_t content = std::size_t{4} << 20;  // octets, decompressed
    std::size_t head = std::size_t{64} << 10;    // octets of the lines of a head, of the trailers, or of a whole mark
    std::size_t fields = 256;                    // of a head; names of one spec of a mark
    std::size_t groups = 1024;
    std::size_t specs = 16;                      // of a mark
    std::chrono::nanoseconds clock_error = std::chrono::seconds{1};  // Elapsed
};

// For octets of any origin. Room is made for no more than is there, but for a compressed content, up to its limit. `key` is the key that was asked for.
// `fill_number`: of the fill of this process for which it was read, in place of that which it was written with.
Decoded<boost::intrusive_ptr<fill::StoredResponse>> decode_response(std::string_view form, std::string_view key, const Moment& now, const FormLimits& limits = {},
                                                                    std::optional<std::uint64_t> fill_number = {}) noexcept;
Decoded<boost::intrusive_ptr<fill::VaryMark>> decode_vary_mark(std::string_view form, std::string_view key, const FormLimits& limits = {}) noexcept;
Decoded<boost::intrusive_ptr<fill::SearchMark>> decode_search_mark(std::string_view form, std::string_view key, const FormLimits& limits = {}) noexcept;

}  // namespace sidecache::forms
