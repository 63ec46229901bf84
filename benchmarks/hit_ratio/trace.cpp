#include "benchmarks/hit_ratio/trace.hpp"

#include "cache/memory/shard.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace hit_ratio {

namespace {

// Lines of a file, compressed or not.
class Lines {
public:
    explicit Lines(const std::filesystem::path& file) : path_(file.string()), file_(::gzopen(path_.c_str(), "rb"), ::gzclose) {
        if (file_ == nullptr) fail("cannot be opened");
    }

    std::optional<std::string_view> next() {
        if (::gzgets(file_.get(), buffer_.data(), static_cast<int>(buffer_.size())) == nullptr) {
            int error = Z_OK;
            const char* const told = ::gzerror(file_.get(), &error);
            if (error != Z_OK) fail(told);
            return std::nullopt;
        }
        ++number_;
        std::string_view line(buffer_.data());
        if (line.ends_with('\n')) line.remove_suffix(1);
        return line;
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(path_ + (number_ > 0 ? ":" + std::to_string(number_) : "") + ": " + what);
    }

private:
    std::string path_;
    std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
    std::array<char, 4096> buffer_;
    std::size_t number_ = 0;
};

std::optional<std::pair<std::string_view, Bytes>> parse_request(std::string_view line) {
    const std::size_t space = line.find(' ');
    if (space == 0 || space == std::string_view::npos) return std::nullopt;
    Bytes size = 0;
    const auto [end, error] = std::from_chars(line.data() + space + 1, line.data() + line.size(), size);
    if (error != std::errc() || end != line.data() + line.size() || size == 0) return std::nullopt;
    return std::pair{line.substr(0, space), size};
}

}  // namespace

Bytes Trace::charge(Key key) const { return sizes[key] + sidecache::memory::index_overhead; }

Bytes Trace::footprint() const { return std::reduce(sizes.begin(), sizes.end()) + sizes.size() * sidecache::memory::index_overhead; }

bool Trace::has_sizes() const {
    return std::any_of(sizes.begin(), sizes.end(), [this](Bytes size) { return size != sizes.front(); });
}

bool Trace::is_skewed() const {
    std::vector<Bytes> sorted = sizes;
    std::sort(sorted.begin(), sorted.end(), std::greater());
    return std::reduce(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 100)) * 2 > std::reduce(sorted.begin(), sorted.end());
}

Trace read_trace(const std::filesystem::path& file, Bytes unknown_size) {
    Trace trace;
    trace.name = file.filename().string();
    trace.name.erase(std::min(trace.name.find('.'), trace.name.size()));
    boost::unordered_flat_map<std::string, Key> numbers;
    Lines lines(file);
    while (const auto line = lines.next()) {
        const auto request = parse_request(*line);
        if (!request) lines.fail("expected 'key size', got '" + std::string(*line) + "'");
        const auto [known, is_new] = numbers.try_emplace(std::string(request->first), numbers.size());
        if (is_new) trace.sizes.push_back(request->second);
        trace.requests.push_back(known->second);
    }
    if (trace.requests.empty()) lines.fail("expected requests, got none");
    if (std::all_of(trace.sizes.begin(), trace.sizes.end(), [](Bytes size) { return size == 1; })) {
        std::fill(trace.sizes.begin(), trace.sizes.end(), unknown_size);
    }
    return trace;
}

}  // namespace hit_ratio
