// What a 304 makes of the stored responses that it selects (RFC 9111 §4.3.4).
#pragma once

#include "proxy/http1/head.hpp"
#include "proxy/pipeline/assessment.hpp"

#include <optional>
#include <string>

namespace sidecache::pipeline {

struct Freshened {
    fill::StoredResponsePtr response;  // the content that was stored, with new fields and a new epoch
    Assessment assessment;
    std::string own_fields;            // lines of the 304 that are for who caused it alone
};

// nullopt: the 304 does not speak of this one. `was_asked_about`: its validators alone were sent; else only its strong ETag names it.
std::optional<Freshened> freshen(const Shared& shared, const Inquiry& inquiry, const fill::StoredResponse& stored, const http1::ResponseHead& not_modified, bool was_asked_about,
                                 WallTime asked, WallTime answered);

// Files what became of the one that was asked about, and does the same for every other one of its key that the request would have chosen and the 304's strong ETag names.
void file_freshened(Shared& shared, const Inquiry& inquiry, const fill::StoredResponse& stored, const Freshened& freshened, const http1::ResponseHead& not_modified, WallTime asked,
                    WallTime answered);

}  // namespace sidecache::pipeline
