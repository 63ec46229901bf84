#include "cache/policy/codings.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "cache/http/weight.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace sidecache::policy {
namespace {

using http::Field;
using http::FieldName;
using http::HeaderView;

bool less_lower(std::string_view a, std::string_view b) noexcept {
    return std::ranges::lexicographical_compare(a, b, {}, http::to_lower, http::to_lower);
}

// A few names, sorted without case and each once.
class Names {
public:
    bool add(std::string_view name) noexcept {
        auto* const end = list_.data() + size_;
        auto* const at = std::lower_bound(list_.data(), end, name, less_lower);
        if (at != end && http::iequals(*at, name)) return true;
        if (size_ == list_.size()) return false;
        std::move_backward(at, end, end + 1);
        *at = name;
        ++size_;
        return true;
    }
    bool has(std::string_view name) const noexcept {
        return std::any_of(begin(), end(), [name](std::string_view known) { return http::iequals(known, name); });
    }
    const std::string_view* begin() const noexcept { return list_.data(); }
    const std::string_view* end() const noexcept { return list_.data() + size_; }

private:
    std::array<std::string_view, 16> list_;
    std::size_t size_ = 0;
};

struct Codings {
    Names taken, refused;
};

// RFC 9110 §8.4.1.1, §8.4.1.3: other names of the same.
std::string_view usual_name(std::string_view name) noexcept {
    if (http::iequals(name, "x-gzip")) return "gzip";
    return http::iequals(name, "x-compress") ? "compress" : name;
}

std::optional<Codings> read_codings(HeaderView request_fields) noexcept {
    Codings codings;
    for (const Field& field : request_fields) {
        if (field.id != FieldName::accept_encoding) continue;
        std::string_view rest = field.value;
        while (const auto member = http::next_member(rest)) {
            const auto coding = http::parse_weighted(*member);
            if (!coding || !http::is_token(coding->name)) return std::nullopt;
            Names& names = coding->thousandths != 0 ? codings.taken : codings.refused;
            if (!names.add(usual_name(coding->name))) return std::nullopt;
        }
    }
    const bool contradicts = std::any_of(codings.refused.begin(), codings.refused.end(),
                                         [&codings](std::string_view name) { return codings.taken.has(name); });
    return contradicts ? std::nullopt : std::optional(codings);
}

}  // namespace

bool append_codings(std::string& out, HeaderView request_fields) {
    const auto codings = read_codings(request_fields);
    if (!codings) return false;
    auto append = [&out, separator = std::string_view()](std::string_view mark, std::string_view name) mutable {
        out.append(separator).append(mark);
        for (const char c : name) out += http::to_lower(c);
        separator = ",";
    };
    for (const std::string_view name : codings->taken) {
        if (!http::iequals(name, "identity")) append("", name);
    }
    const bool takes_any = codings->taken.has("*");
    // §12.5.3: identity is taken unless it is refused by its name, or by `*` and not taken by its name.
    const bool refuses_identity = codings->refused.has("identity") || (codings->refused.has("*") && !codings->taken.has("identity"));
    for (const std::string_view name : codings->refused) {
        if (takes_any && !http::iequals(name, "identity")) append("!", name);
    }
    if (refuses_identity) append("!", "identity");
    return true;
}

}  // namespace sidecache::policy
