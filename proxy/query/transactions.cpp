#include "proxy/query/handlers.hpp"
#include "proxy/query/session.hpp"

namespace sidecache::query {

void multi(Call& call) {
    if (call.session.is_queueing()) return call.error("ERR MULTI calls can not be nested");
    call.session.begin_transaction();
    call.reply.ok();
}

void exec(Call& call) {
    if (!call.session.is_queueing()) return call.error("ERR EXEC without MULTI");
    call.session.run_transaction(call);
}

void discard(Call& call) {
    if (!call.session.is_queueing()) return call.error("ERR DISCARD without MULTI");
    call.session.end_transaction();
    call.reply.ok();
}

void watch(Call& call) {
    if (call.session.is_queueing()) return call.error("ERR WATCH inside MULTI is not allowed");
    if (call.session.watches() + call.arguments.size() - 1 > call.options.watches) return call.error("ERR more keys are watched than query.watches allows");
    std::size_t size = call.session.watched_size();
    for (const std::string_view key : call.arguments.subspan(1)) size += key.size();
    if (size > call.options.transaction) return call.error("ERR the keys that are watched are larger than query.transaction allows");
    for (const std::string_view key : call.arguments.subspan(1)) call.session.watch(call, key);
    call.reply.ok();
}

void unwatch(Call& call) {
    call.session.unwatch();
    call.reply.ok();
}

}  // namespace sidecache::query
