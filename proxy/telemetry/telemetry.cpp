#include "proxy/telemetry/telemetry.hpp"

#include "proxy/telemetry/access_log.hpp"
#include "proxy/telemetry/exposition.hpp"
#include "proxy/telemetry/program_log.hpp"
#include "proxy/telemetry/readers.hpp"
#include "proxy/telemetry/recorder.hpp"
#include "proxy/telemetry/route_labels.hpp"
#include "proxy/telemetry/text.hpp"

#include <mutex>
#include <optional>

namespace sidecache::telemetry {

class Telemetry::Impl {
public:
    Impl(const LogOptions& options, unsigned workers, std::string_view version)
        : version_(version), program_log_(options.level, options.format), access_log_(options, workers, labels_, program_log_) {
        for (unsigned worker = 0; worker < workers; ++worker) {
            auto impl = std::make_unique<Recorder::Impl>(access_log_.ring(worker), access_log_.queued_from());
            impl->cells.add_route(RouteLabels::other);
            cells_.push_back(&impl->cells);
            recorders_.push_back(std::unique_ptr<Recorder>(new Recorder(std::move(impl))));
        }
    }

    Recorder& recorder(unsigned worker) noexcept { return *recorders_[worker]; }

    RouteId route_id(std::string_view text) {
        std::string label = to_utf8(text);
        const std::scoped_lock guard(routes_lock_);
        if (const std::optional<RouteId> known = labels_.find(label)) return *known;
        if (labels_.is_full()) return RouteLabels::other;
        const auto route = static_cast<RouteId>(labels_.size());
        for (WorkerCells* cells : cells_) cells->add_route(route);
        labels_.add(std::move(label));
        return route;
    }

    std::string exposition() const {
        const std::vector<const WorkerCells*> workers(cells_.begin(), cells_.end());
        return write_exposition({workers, labels_, readers_, version_, access_log_.lost() + program_log_.lost()});
    }

    Readers& readers() noexcept { return readers_; }
    ProgramLog& program_log() noexcept { return program_log_; }
    AccessLog& access_log() noexcept { return access_log_; }

private:
    const std::string version_;
    ProgramLog program_log_;
    std::mutex routes_lock_;
    RouteLabels labels_;
    Readers readers_;
    AccessLog access_log_;  // its thread uses labels and program log
    std::vector<std::unique_ptr<Recorder>> recorders_;
    std::vector<WorkerCells*> cells_;  // of each recorder
};

Telemetry::Telemetry(const LogOptions& options, unsigned workers, std::string_view version)
    : impl_(std::make_unique<Impl>(options, workers, version)) {}
Telemetry::~Telemetry() = default;

Recorder& Telemetry::recorder(unsigned worker) noexcept { return impl_->recorder(worker); }

RouteId Telemetry::route_id(std::string_view label) { return impl_->route_id(label); }

void Telemetry::add_reader(Kind kind, std::string name, std::string help, Labels labels, std::function<double()> read) {
    impl_->readers().add(kind, std::move(name), std::move(help), {std::move(labels), std::move(read)});
}

void Telemetry::add_histogram(std::string name, std::string help, Labels labels, std::vector<const Histogram*> parts) {
    impl_->readers().add(Kind::histogram, std::move(name), std::move(help), {std::move(labels), {}, std::move(parts)});
}

std::string Telemetry::exposition() { return impl_->exposition(); }

void Telemetry::log(Level level, std::string_view event, std::vector<LogField> fields) {
    impl_->program_log().log(level, event, fields);
}

void Telemetry::reopen() { impl_->access_log().reopen(); }

}  // namespace sidecache::telemetry
