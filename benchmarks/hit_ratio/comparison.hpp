// One trace through the store and all policies, at several budgets.
#pragma once

#include "benchmarks/hit_ratio/replay.hpp"

#include "cache/memory/options.hpp"

#include <string>
#include <vector>

namespace hit_ratio {

struct Options {
    std::vector<double> shares{0.01, 0.05, 0.1, 0.25};    // budgets, of the footprint
    Bytes cap = sidecache::memory::Options{}.max_object;  // larger objects are not stored, by any policy; 0: all are
    Bytes unknown_size = 1024;                            // of objects in a trace that knows no sizes
    unsigned runs = 10;                                   // of the store, each with other hashes
    unsigned threads = 0;                                 // that share the store; below two: not asked
};

// What one policy makes of one trace: shares of requests and of bytes.
struct Ratios {
    double objects = 0;
    double bytes = 0;
};

using Ratio = double Ratios::*;

struct Row {
    std::string policy;
    bool is_yardstick;          // one of those that the store is compared with
    std::vector<Ratios> cells;  // by share
};

struct Comparison {
    std::string name;
    std::size_t requests;
    std::size_t objects;
    Bytes footprint;
    bool has_sizes;  // not all objects are of one: then hits of requests and of bytes are two figures
    double margin;   // points by which the store may stay below the best
    std::vector<double> shares;
    Row store;
    std::vector<Row> others;
    Row concurrent;  // without cells where it was not asked

    // The yardstick with the most hits at the share of this index.
    const Row& best(std::size_t share, Ratio ratio) const;

    // Points of the store above the best, or below it.
    double difference(std::size_t share, Ratio ratio) const;
};

Comparison compare(const Trace& trace, const Options& options);

}  // namespace hit_ratio
