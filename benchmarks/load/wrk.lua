-- wrk sends what a file holds, so many times in each write, and tells its figures as one line of JSON.
-- The text is made once, by the function that makes wrk's own request; a request() would be called for every one.

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    local text = string.rep(file:read("*a"), tonumber(arguments[2]))
    file:close()
    wrk.format = function() return text end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "microseconds": %d, "bytes": %d, "p50_us": %d, "p99_us": %d, "max_us": %d, ' ..
        '"connect_errors": %d, "read_errors": %d, "write_errors": %d, "timeouts": %d, "bad_statuses": %d}\n',
        summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99), latency.max,
        errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
