// `sidecache healthcheck`: asks a running one, for container health checks.
#pragma once

#include "proxy/runtime/listening.hpp"

namespace sidecache {

// 0 if /healthz answers 200 within two seconds, else 1 with one line on stderr.
int check_health(const runtime::ListenAddress& admin);

}  // namespace sidecache
