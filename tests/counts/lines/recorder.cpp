#include "tests/counts/lines/recorder.hpp"

#include <dlfcn.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace lines {
namespace {

constexpr Address line_size = 64;
constexpr unsigned most_workers = Directory<1>::most_threads;
constexpr unsigned frames_told = 8;  // of the functions that an access is in

// Where an access is: the code, and the calls that led there.
struct Site {
    Address frames[frames_told];
};

// A kind of passing: which access takes the line, after which access of the other thread.
struct Passing {
    std::uint64_t count;
    Mark to;
    Mark from;
    Access access;
};

constexpr std::size_t most_sites = 1 << 13;  // site 0 stands for those for which there is no room
constexpr std::size_t most_passings = 1 << 14;

struct Table {
    Directory<(1 << 18)> directory;
    Site sites[most_sites];
    Passing passings[most_passings];
    std::uint64_t passed_to[most_workers];
};
constinit Table table{};

struct Worker {
    pthread_t thread;
    bool is_there;
};
constinit Worker workers[most_workers]{};
constinit unsigned names = 0;  // that were given; a thread looks for its own when there is a new one

struct Thread {
    unsigned names_seen;
    unsigned worker;  // from 1; 0: none
    bool holds;
    unsigned depth;
    Address calls[256];
};
thread_local constinit Thread self{};

// The table and the names are read and written under this. What its holder calls meanwhile, and a signal's handler, is not counted.
class Hold {
public:
    Hold() noexcept {
        self.holds = true;
        while (__atomic_test_and_set(&is_held, __ATOMIC_ACQUIRE)) continue;
    }
    ~Hold() {
        __atomic_clear(&is_held, __ATOMIC_RELEASE);
        self.holds = false;
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

private:
    static constinit inline bool is_held = false;
};

void find_own_name() noexcept {
    const Hold hold;
    self.names_seen = names;
    self.worker = 0;
    for (unsigned number = 0; number < most_workers; ++number) {
        if (workers[number].is_there && pthread_equal(workers[number].thread, pthread_self())) self.worker = number + 1;
    }
}

// The place of what `is_it` finds, or of the first one that is free.
template <typename Is>
std::size_t find(std::size_t start, std::size_t size, Is is_it) noexcept {
    for (std::size_t tried = 1; tried < size; ++tried) {
        const std::size_t place = 1 + (start + tried) % (size - 1);
        if (is_it(place)) return place;
    }
    return 0;
}

Mark mark_of(Address code) noexcept {
    Site site{};
    site.frames[0] = code;
    Address sum = code;
    for (unsigned frame = 1; frame < frames_told && frame <= self.depth && self.depth < sizeof self.calls / sizeof *self.calls; ++frame) {
        site.frames[frame] = self.calls[self.depth - frame];
        sum = sum * 31 + site.frames[frame];
    }
    const auto is_it = [&site](std::size_t place) {
        const Site& there = table.sites[place];
        if (there.frames[0] == 0) return true;
        for (unsigned frame = 0; frame < frames_told; ++frame) {
            if (there.frames[frame] != site.frames[frame]) return false;
        }
        return true;
    };
    const std::size_t place = find(sum % most_sites, most_sites, is_it);
    if (place != 0) table.sites[place] = site;
    return static_cast<Mark>(place);
}

void count(unsigned worker, Mark to, Mark from, Access access) noexcept {
    ++table.passed_to[worker];
    const auto is_it = [to, from, access](std::size_t place) {
        const Passing& there = table.passings[place];
        return there.count == 0 || (there.to == to && there.from == from && there.access == access);
    };
    Passing& passing = table.passings[find(to * 131U + from, most_passings, is_it)];
    passing = {passing.count + 1, to, from, access};
}

void touch_line(unsigned worker, Address line, Access access, Address code) noexcept {
    const Hold hold;
    if (table.directory.has(worker, line, access)) return;
    const Mark mark = mark_of(code);
    const auto passed = table.directory.touch(worker, line, access, mark);
    if (passed.is_so) count(worker, mark, passed.from, access);
}

// From the program's beginning, of which addr2line knows; what is elsewhere is left out.
void write_frames(std::FILE* file, const Site& site) noexcept {
    static const char here = 0;
    Dl_info program{};
    dladdr(&here, &program);
    const char* separator = " ";
    for (const Address frame : site.frames) {
        Dl_info found{};
        if (frame == 0 || dladdr(reinterpret_cast<void*>(frame), &found) == 0 || found.dli_fbase != program.dli_fbase) continue;
        std::fprintf(file, "%s%" PRIxPTR, separator, frame - reinterpret_cast<Address>(program.dli_fbase));
        separator = ",";
    }
    if (*separator == ' ') std::fprintf(file, " -");
}

}  // namespace

void touch(const volatile void* memory, std::size_t size, Access access, Address code) noexcept {
    if (self.holds || size == 0) return;
    if (self.names_seen != __atomic_load_n(&names, __ATOMIC_ACQUIRE)) find_own_name();
    if (self.worker == 0) return;
    const Address first = reinterpret_cast<Address>(memory);
    for (Address line = first / line_size; line <= (first + size - 1) / line_size; ++line) touch_line(self.worker - 1, line, access, code);
}

void enter(Address code) noexcept {
    const unsigned depth = self.depth++;
    if (depth < sizeof self.calls / sizeof *self.calls) self.calls[depth] = code;
}

void leave() noexcept {
    if (self.depth > 0) --self.depth;
}

void name(pthread_t thread, const char* name) noexcept {
    unsigned number = 0;
    if (std::sscanf(name, "worker %u", &number) != 1 || number >= most_workers) return;
    const Hold hold;
    workers[number] = {thread, true};
    __atomic_add_fetch(&names, 1, __ATOMIC_RELEASE);
}

std::uint64_t passed_to(unsigned worker) noexcept {
    const Hold hold;
    return table.passed_to[worker];
}

void report(const char* path) noexcept {
    std::FILE* const file = std::fopen(path, "w");
    if (file == nullptr) return;
    const Hold hold;
    for (unsigned number = 0; number < most_workers; ++number) {
        if (workers[number].is_there) std::fprintf(file, "worker %u %" PRIu64 "\n", number, table.passed_to[number]);
    }
    std::fprintf(file, "left out %" PRIu64 "\n", table.directory.left_out());
    for (const Passing& passing : table.passings) {
        if (passing.count == 0) continue;
        std::fprintf(file, "%s %" PRIu64, passing.access == Access::read ? "read" : "write", passing.count);
        write_frames(file, table.sites[passing.to]);
        write_frames(file, table.sites[passing.from]);
        std::fprintf(file, "\n");
    }
    std::fprintf(file, "end\n");
    std::fclose(file);
}

}  // namespace lines

namespace {
[[gnu::destructor]] void report_at_exit() noexcept {
    if (const char* const path = std::getenv("LINES_FILE"); path != nullptr) lines::report(path);
}
}  // namespace
