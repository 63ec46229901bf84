// Putting a response where `Finder` finds it, with the mark of its variants, and where other nodes do; and taking it out again.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/shared.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sidecache::pipeline {

// Notes under the primary key that this variant is stored, until when it is kept, and by which spec it is found.
void note_variant(Shared& shared, policy::Hash128 variant, WallTime kept_until, std::string_view primary_key, const policy::VarySpec& spec, std::size_t variant_limit);

// Files a response under its key, and the mark of its variants under the primary key. False if something newer stands there (CONSISTENCY 1.1 fill).
bool put(Shared& shared, const fill::StoredResponsePtr& response, std::string_view primary_key, const policy::VarySpec& spec,
         std::size_t variant_limit, std::chrono::system_clock::time_point now);
// Takes it out, here and where other nodes look for it: its origin has said that it may not be reused.
void take_back(Shared& shared, const fill::StoredResponse& response);
// As `put`, and offers it to the other nodes.
bool install(Shared& shared, const fill::StoredResponsePtr& response, std::string_view primary_key, const policy::VarySpec& spec,
             std::size_t variant_limit, std::chrono::system_clock::time_point now);

}  // namespace sidecache::pipeline
