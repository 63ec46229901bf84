#include "cache/forms/envelope.hpp"

#include "cache/forms/octet_reader.hpp"
#include "cache/forms/octet_writer.hpp"

#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace sidecache::forms {
namespace {

constexpr std::size_t kind_at = 5;
constexpr std::size_t flags_at = 6;
constexpr std::size_t length_at = 7;

constexpr Flags flags_of(Kind kind) noexcept { return kind == Kind::response ? is_compressed | is_begun_unknown | has_recheck : 0; }

}  // namespace

bool is_time(memory::Time time) noexcept {
    const std::int64_t count = std::chrono::nanoseconds(time.time_since_epoch()).count();
    return count >= 0 && count <= longest;
}

std::size_t begin_form(std::string& out, Kind kind, Flags flags, memory::Time written) {
    const std::size_t begin = out.size();
    OctetWriter writer(out);
    writer.octets(magic);
    writer.octet(version);
    writer.octet(static_cast<std::uint8_t>(kind));
    writer.octet(flags);
    writer.half_word(0);
    writer.word(static_cast<std::uint64_t>(std::chrono::nanoseconds(written.time_since_epoch()).count()));
    return begin;
}

void add_flag(std::string& out, std::size_t begin, Flags flag) noexcept { out[begin + flags_at] = static_cast<char>(out[begin + flags_at] | flag); }

bool end_form(std::string& out, std::size_t begin) {
    const std::size_t length = out.size() - begin + checksum_size;
    if (length > std::numeric_limits<std::uint32_t>::max()) {
        out.resize(begin);
        return false;
    }
    for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i) out[begin + length_at + i] = static_cast<char>(length >> (8 * i));
    OctetWriter(out).word(XXH3_64bits(out.data() + begin, out.size() - begin));
    return true;
}

Decoded<Kind> kind_of(std::string_view form) noexcept {
    if (form.substr(0, magic.size()) != magic.substr(0, std::min(form.size(), magic.size()))) return Refusal::foreign;
    if (form.size() <= magic.size()) return Refusal::truncated;
    // Before anything else: of other versions nothing more is known.
    const auto said = static_cast<std::uint8_t>(form[magic.size()]);
    if (said != version) return said < version ? Refusal::older_version : Refusal::newer_version;
    if (form.size() < head_size + checksum_size) return Refusal::truncated;
    const auto kind = static_cast<Kind>(form[kind_at]);
    if (kind != Kind::response && kind != Kind::vary_mark && kind != Kind::search_mark) return Refusal::kind;
    return kind;
}

Decoded<Opened> open_form(std::string_view form, Kind kind) noexcept {
    const auto said = kind_of(form);
    if (said.has_error() && said.error() != Refusal::kind) return said.error();
    OctetReader head(form.substr(length_at));
    const std::size_t length = head.half_word();
    if (form.size() < length) return Refusal::truncated;
    if (form.size() > length) return Refusal::lengths;
    const std::string_view sum = form.substr(form.size() - checksum_size);
    if (OctetReader(sum).word() != XXH3_64bits(form.data(), form.size() - checksum_size)) return Refusal::damaged;
    if (said.has_error() || *said != kind) return Refusal::kind;
    const auto flags = static_cast<Flags>(form[flags_at]);
    if ((flags & ~flags_of(kind)) != 0) return Refusal::flags;
    const std::uint64_t written = head.word();
    if (written > static_cast<std::uint64_t>(longest)) return Refusal::range;
    return Opened{flags, memory::Time(std::chrono::nanoseconds(static_cast<std::int64_t>(written))),
                  form.substr(head_size, form.size() - head_size - checksum_size)};
}

}  // namespace sidecache::forms
