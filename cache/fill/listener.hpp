// Who wants to hear that a fill or its content moved on. Called from any thread, under a lock of the caller: it must only note and post.
#pragma once

#include <boost/intrusive/list_hook.hpp>

namespace sidecache::fill {

class Listener : public boost::intrusive::list_base_hook<> {
public:
    virtual void on_change() noexcept = 0;

protected:
    ~Listener() = default;
};

}  // namespace sidecache::fill
