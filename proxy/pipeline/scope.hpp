// How much of a representation a fill asks the origin for.
#pragma once

#include "cache/fill/stored_parts.hpp"
#include "cache/http/range.hpp"

#include <optional>

namespace sidecache::pipeline {

struct Scope {
    enum class Kind : std::uint8_t {
        whole,    // all of it
        asked,    // the ranges that the client asks for, with its If-Range
        missing,  // what `held` lacks, for as long as it is the same (RFC 9110 §13.1.5): together they are kept
    } kind = Kind::whole;
    fill::StoredPartsPtr held{};
    http::RangeSpec missing{};
};

}  // namespace sidecache::pipeline
