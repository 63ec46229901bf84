// That what is stored may answer what was read by now, whatever the time (CONSISTENCY 1.4 verified).
#pragma once

#include "proxy/runtime/loop.hpp"
#include "proxy/runtime/task.hpp"

namespace sidecache::fleet {
class Control;
}

namespace sidecache::pipeline {

// True: every write that was answered before this was called has ended here what it ends. False: that could not be known within the fleet's `proof_deadline`.
runtime::Task<bool> prove_current(runtime::Loop& loop, fleet::Control& fleet);

}  // namespace sidecache::pipeline
