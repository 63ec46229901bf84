// What a leader needs to fetch on behalf of the cache, independent of the client that caused it.
#pragma once

#include "cache/fill/fill_table.hpp"
#include "cache/tiers/lease.hpp"
#include "proxy/pipeline/assessment.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/query_content.hpp"
#include "proxy/pipeline/scope.hpp"
#include "proxy/pipeline/shared.hpp"
#include "proxy/pipeline/who.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sidecache::pipeline {

struct FillJob {
    std::shared_ptr<const Snapshot> snapshot;
    std::size_t route;
    policy::RequestFacts facts;
    Who who;
    OwnedRequest message;
    QueryContentPtr content;         // of a QUERY: sent with each request to the origin
    Peer peer;
    std::string id;
    fill::Lead lead;
    fill::StoredResponsePtr stored;  // to be validated; null: fetched whole
    Scope scope;
    bool has_client;                 // somebody reads what comes, also if it cannot be shared
    std::optional<WriteRefreshes::Due> due{};  // of one that nobody asked for: what a write had ended
    std::optional<tiers::Lease> lease{};       // for all nodes, as long as it fetches

    const policy::Rules& rules() const { return snapshot->routes.rules(route); }
    Inquiry inquiry() const { return {*snapshot, rules(), facts, who, message.view(), lead->start()}; }
};

}  // namespace sidecache::pipeline
