#include "benchmarks/hit_ratio/report.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <iomanip>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace hit_ratio {

namespace {

namespace json = boost::json;

std::ostream& column(std::ostream& out) { return out << std::right << std::setw(9); }

void tell_row(std::ostream& out, const Row& row, Ratio ratio) {
    if (row.cells.empty()) return;
    out << "  " << std::left << std::setw(24) << row.policy;
    for (const Ratios& cell : row.cells) column(out) << 100 * cell.*ratio;
    out << "\n";
}

void tell_ratios(std::ostream& out, const Comparison& of, const std::string& title, Ratio ratio) {
    out << "\n  " << std::left << std::setw(24) << title;
    for (const double share : of.shares) out << std::right << std::setw(7) << 100 * share << " %";
    out << "\n" << std::fixed << std::setprecision(2);
    tell_row(out, of.store, ratio);
    tell_row(out, of.concurrent, ratio);
    for (const Row& row : of.others) tell_row(out, row, ratio);
    out << std::showpos << "  " << std::left << std::setw(24) << "sidecache less the best";
    for (std::size_t share = 0; share < of.shares.size(); ++share) column(out) << of.difference(share, ratio);
    if (!of.concurrent.cells.empty()) {
        out << "\n  " << std::left << std::setw(24) << "threads less one";
        for (std::size_t share = 0; share < of.shares.size(); ++share) column(out) << 100 * (of.concurrent.cells[share].*ratio - of.store.cells[share].*ratio);
    }
    out << std::noshowpos << "\n" << std::defaultfloat << std::setprecision(6);
}

json::array to_json(const Row& row, const std::vector<double>& shares) {
    json::array cells;
    for (std::size_t share = 0; share < row.cells.size(); ++share) {
        cells.push_back({{"share", shares[share]}, {"objects", row.cells[share].objects}, {"bytes", row.cells[share].bytes}});
    }
    return cells;
}

json::object to_json(const Comparison& of) {
    json::object policies;
    const auto add = [&](const Row& row) {
        if (!row.cells.empty()) policies[row.policy] = to_json(row, of.shares);
    };
    add(of.store);
    add(of.concurrent);
    for (const Row& row : of.others) add(row);
    return {{"trace", of.name}, {"requests", of.requests}, {"objects", of.objects}, {"footprint", of.footprint}, {"has_sizes", of.has_sizes}, {"margin", of.margin},
            {"policies", std::move(policies)}};
}

}  // namespace

void tell(std::ostream& out, const Comparison& of) {
    out << of.name << ": " << of.requests << " requests for " << of.objects << " objects of " << of.footprint << " bytes; budgets as shares of these\n";
    tell_ratios(out, of, "hits, % of requests", &Ratios::objects);
    if (of.has_sizes) tell_ratios(out, of, "hits, % of bytes", &Ratios::bytes);
    out << "\n";
}

bool judge(std::ostream& out, const Comparison& of) {
    bool is_near = true;
    for (std::size_t share = 0; share < of.shares.size(); ++share) {
        const double points = of.difference(share, &Ratios::objects);
        const bool is_good = points >= -of.margin;
        is_near &= is_good;
        out << std::left << std::setw(8) << (is_good ? "ok" : "not yet") << of.name << " at " << 100 * of.shares[share] << " %: " << std::fixed << std::setprecision(2)
            << 100 * of.store.cells[share].objects << " % hits, " << std::showpos << points << std::noshowpos << " points beside " << of.best(share, &Ratios::objects).policy
            << std::defaultfloat << std::setprecision(6) << "; asked: -" << of.margin << " or more\n";
    }
    return is_near;
}

void write_json(const std::filesystem::path& file, const Options& options, const std::vector<Comparison>& comparisons) {
    json::array traces;
    for (const Comparison& each : comparisons) traces.push_back(to_json(each));
    const json::object all{{"cap", options.cap}, {"runs", options.runs}, {"threads", options.threads}, {"traces", std::move(traces)}};
    std::ofstream out(file);
    out << all << "\n";
    out.close();
    if (!out) throw std::runtime_error(file.string() + ": cannot be written");
}

}  // namespace hit_ratio
