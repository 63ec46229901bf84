// Shows what was compared: tables and verdicts to read, JSON for plot.py and for whoever compares runs.
#pragma once

#include "benchmarks/hit_ratio/comparison.hpp"

#include <filesystem>
#include <iosfwd>
#include <vector>

namespace hit_ratio {

void tell(std::ostream& out, const Comparison& comparison);

// Whether the store is as near to the best as is asked, at each share. False if it is not at one.
bool judge(std::ostream& out, const Comparison& comparison);

// Throws std::runtime_error if it cannot be written.
void write_json(const std::filesystem::path& file, const Options& options, const std::vector<Comparison>& comparisons);

}  // namespace hit_ratio
