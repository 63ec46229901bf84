// A stored response as it is made: under its key, and with what clients are told of keeping it.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/policy/content_tag.hpp"
#include "proxy/pipeline/assessment.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sidecache::pipeline {

// `fields` are the origin's end-to-end fields; `tag`: the entity tag that was made of the content, if clients are to get one and it is known.
fill::StoredResponsePtr make_response(const Inquiry& inquiry, const Assessment& assessment, fill::StoredResponse::Parts parts, http::HeaderView fields, std::string_view tag = {});

// The beginning of an entity tag that is made of its content, if clients are to get one.
std::optional<policy::ContentTag> begin_tag(const Inquiry& inquiry, const fill::StoredResponse& response);

// The same with that tag, where clients are to get one; its content is complete. `tag`: if it was made already.
fill::StoredResponsePtr tagged(const Inquiry& inquiry, const fill::StoredResponsePtr& response, std::string_view tag = {});

// The tag that clients have of what is stored, where it was made here: it stays with its content, unless these new fields describe that otherwise.
std::string_view kept_tag(const fill::StoredResponse& stored, http::HeaderView fields);

}  // namespace sidecache::pipeline
