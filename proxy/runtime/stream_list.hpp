// The open streams of a worker, so that a drain can end them.
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

namespace sidecache::runtime {

class Endable : public boost::intrusive::list_base_hook<> {
public:
    virtual void end_if_idle() noexcept = 0;  // nobody is served on it just now: close it
    virtual void cut() noexcept = 0;          // end it, whatever it does

protected:
    ~Endable() = default;
};

using StreamList = boost::intrusive::list<Endable>;

}  // namespace sidecache::runtime
