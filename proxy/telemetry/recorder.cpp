#include "proxy/telemetry/recorder.hpp"

#include <utility>

namespace sidecache::telemetry {

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recorder::~Recorder() = default;

void Recorder::record(const ExchangeRecord& record) noexcept { impl_->record(record); }
void Recorder::record(const FetchRecord& record) noexcept { impl_->record(record); }

}  // namespace sidecache::telemetry
