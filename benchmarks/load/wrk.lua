-- wrk sends the requests that a file holds, by turns, each so many times in one write, and tells its figures as one line of JSON.
-- The texts are made once. Of a single one, by the function that makes wrk's own request: a request() would be called for every one.

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    local texts = {}
    for text in string.gmatch(file:read("*a"), "(.-\r\n\r\n)") do
        texts[#texts + 1] = string.rep(text, tonumber(arguments[2]))
    end
    file:close()
    wrk.format = function() return texts[1] end
    if #texts == 1 then return end
    local turn = 0
    request = function()
        turn = turn % #texts + 1
        return texts[turn]
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "microseconds": %d, "bytes": %d, "p50_us": %d, "p99_us": %d, "max_us": %d, ' ..
        '"connect_errors": %d, "read_errors": %d, "write_errors": %d, "timeouts": %d, "bad_statuses": %d}\n',
        summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99), latency.max,
        errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
