#include "cache/fill/fill.hpp"

#include <utility>

namespace sidecache::fill {

namespace {
constexpr std::size_t interim_limit = 8;
}

Fill::View Fill::view() const {
    const std::scoped_lock guard(lock_);
    return view_;
}

Fill::Phase Fill::phase() const {
    const std::scoped_lock guard(lock_);
    return view_.phase;
}

std::size_t Fill::listeners() const {
    const std::scoped_lock guard(lock_);
    return listeners_.size();
}

std::vector<std::string> Fill::interim(std::size_t from) const {
    const std::scoped_lock guard(lock_);
    if (from >= interim_.size()) return {};
    return {interim_.begin() + static_cast<std::ptrdiff_t>(from), interim_.end()};
}

void Fill::add_interim(std::string head) {
    const std::scoped_lock guard(lock_);
    if (interim_.size() == interim_limit) return;
    interim_.push_back(std::move(head));
    wake_locked();
}

void Fill::answer(Answer answer) {
    const std::scoped_lock guard(lock_);
    view_.answer = std::move(answer);
    view_.phase = Phase::answered;
    wake_locked();
}

void Fill::complete(StoredResponsePtr response) {
    const std::scoped_lock guard(lock_);
    view_.answer.response = std::move(response);
}

void Fill::fail(http::ProxyError error) {
    const std::scoped_lock guard(lock_);
    view_.error = error;
    view_.phase = Phase::failed;
    wake_locked();
}

void Fill::wake_locked() {
    for (Listener& listener : listeners_) listener.on_change();
}

Following::Following(FillPtr fill, Listener& listener) : fill_(std::move(fill)), listener_(listener) {
    const std::scoped_lock guard(fill_->lock_);
    fill_->listeners_.push_back(listener_);
}

Following::~Following() {
    const std::scoped_lock guard(fill_->lock_);
    fill_->listeners_.erase(fill_->listeners_.iterator_to(listener_));
}

}  // namespace sidecache::fill
