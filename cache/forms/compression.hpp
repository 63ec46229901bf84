// The content of a stored form made smaller with zstd, and whole again.
#pragma once

#include "cache/http/field.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sidecache::forms {

struct Compression {
    std::size_t above = 1024;  // octets of content; smaller ones stay as they are
    int level = 1;             // zstd's own
};

// Is it neither coded already, nor of a type whose formats compress by themselves?
bool may_shrink(http::HeaderView response_fields) noexcept;

// Appends a content as one zstd frame. False, and nothing appended, unless that saves an eighth of it: less is not worth the time of those who read it.
bool append_compressed(std::string& out, std::string_view content, int level);

// Null unless `frame` is one frame of `size` octets of content, as it says itself: only then room is made for them.
std::unique_ptr<char[]> decompress(std::string_view frame, std::size_t size);

}  // namespace sidecache::forms
