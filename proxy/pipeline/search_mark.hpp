// Where a response is filed that says that part of the query does not matter (No-Vary-Search), and how it is found again.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/http/no_vary_search.hpp"
#include "cache/policy/search_key.hpp"
#include "proxy/pipeline/shared.hpp"

#include <optional>
#include <string>

namespace sidecache::pipeline {

// The primary key of a response to a request with this exact key: that of all queries that the response's own word makes one, else the exact one; `is_shared`:
// outside of any partition.
std::string filing_key(const policy::ExactKey& exact, const std::optional<http::NoVarySearch>& search, bool is_shared);

// Notes for the path of `exact` that such responses are stored, and until when they are kept; the latest few specs are kept. What stands under the exact key, from before the
// application said so, goes: it would be found first.
void file_search_mark(Shared& shared, const policy::ExactKey& exact, const http::NoVarySearch& search, bool is_shared, memory::Time kept_until);

// What stands for the path; null: nothing.
boost::intrusive_ptr<const fill::SearchMark> search_mark(const Shared& shared, const policy::ExactKey& exact);

}  // namespace sidecache::pipeline
