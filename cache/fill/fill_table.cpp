#include "cache/fill/fill_table.hpp"

namespace sidecache::fill {

Lead::~Lead() {
    if (fill_ == nullptr) return;
    if (fill_->phase() == Fill::Phase::waiting) fill_->fail(http::ProxyError::proxy_internal_error);
    retire();
}

void Lead::retire() { table_->detach(*fill_); }

void FillTable::detach(const Fill& fill) {
    Part& part = part_of(fill.start().hash);
    FillPtr removed;  // released after the lock
    const std::scoped_lock guard(part.lock);
    const auto found = part.fills.find(fill.start().hash);
    if (found == part.fills.end() || found->second.get() != &fill) return;
    removed = std::move(found->second);
    part.fills.erase(found);
}

}  // namespace sidecache::fill
