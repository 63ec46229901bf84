// The tasks that wait for nothing that the loop itself would hear of: when it ends, it ends them.
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

namespace sidecache::runtime {

class Suspended : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    virtual void drop() noexcept = 0;  // unlinks itself, and lets the task go where it waits

protected:
    ~Suspended() = default;
};

using SuspendedList = boost::intrusive::list<Suspended, boost::intrusive::constant_time_size<false>>;

}  // namespace sidecache::runtime
