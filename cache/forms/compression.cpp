#include "cache/forms/compression.hpp"

#include "cache/http/list.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>

namespace sidecache::forms {
namespace {

using http::FieldName;

struct Free {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

constexpr std::array<std::string_view, 3> compressed_families{"image/", "video/", "audio/"};
constexpr std::array<std::string_view, 10> compressed_types{"font/woff", "font/woff2", "application/zip", "application/gzip", "application/zstd", "application/x-gzip",
                                                            "application/x-bzip2", "application/x-xz", "application/x-7z-compressed", "application/vnd.rar"};

bool is_compressed_type(std::string_view type) noexcept {
    if (http::iequals(type, "image/svg+xml")) return false;
    return std::ranges::any_of(compressed_families, [type](std::string_view family) { return http::iequals(type.substr(0, family.size()), family); }) ||
           std::ranges::any_of(compressed_types, [type](std::string_view each) { return http::iequals(type, each); });
}

}  // namespace

bool may_shrink(http::HeaderView response_fields) noexcept {
    if (http::value_of(response_fields, FieldName::content_encoding)) return false;
    const std::string_view type = http::value_of(response_fields, FieldName::content_type).value_or(std::string_view());
    return !is_compressed_type(http::trim(type.substr(0, type.find(';'))));
}

bool append_compressed(std::string& out, std::string_view content, int level) {
    thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
    if (context == nullptr) return false;
    const std::size_t begin = out.size();
    out.resize(begin + content.size() - content.size() / 8);
    const std::size_t size = ZSTD_compressCCtx(context.get(), out.data() + begin, out.size() - begin, content.data(), content.size(), level);
    const bool is_smaller = ZSTD_isError(size) == 0;
    out.resize(is_smaller ? begin + size : begin);
    return is_smaller;
}

std::unique_ptr<char[]> decompress(std::string_view frame, std::size_t size) {
    thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
    if (context == nullptr || ZSTD_getFrameContentSize(frame.data(), frame.size()) != size) return nullptr;
    // Several frames would be read as one content.
    if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) return nullptr;
    auto octets = std::make_unique_for_overwrite<char[]>(size);
    return ZSTD_decompressDCtx(context.get(), octets.get(), size, frame.data(), frame.size()) == size ? std::move(octets) : nullptr;
}

}  // namespace sidecache::forms
