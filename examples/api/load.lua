-- The requests of wrk: three items for each price and, if the first argument is "blocking", 5 %
-- reports. In that case each connection also pauses before a request, for as many milliseconds on
-- average as the second argument says, and the latency is that of the other requests, which carry
-- their sending time in a header that the server sends back.

local ffi = require("ffi")
ffi.cdef [[
    typedef struct { long seconds, nanoseconds; } span;
    int clock_gettime(int clock, span *now);
]]
local span = ffi.new("span")

local function now()
    ffi.C.clock_gettime(1, span)
    return tonumber(span.seconds) * 1e6 + math.floor(tonumber(span.nanoseconds) / 1e3)
end

local threads = {}

function setup(thread)
    table.insert(threads, thread)
    thread:set("seed", #threads)
end

-- Counts of the latencies, without those of reports, in steps of 10 µs.
steps = {}

function init(args)
    math.randomseed(seed)
    if args[1] ~= "blocking" then return end
    blocking = true
    local pause = tonumber(args[2])
    function delay() return math.random(0, 2 * pause) end
    function response(status, headers)
        local sent = tonumber(headers["x-request-id"])
        if status ~= 200 then failures = (failures or 0) + 1 end
        if sent then
            local step = math.floor((now() - sent) / 10)
            steps[step] = (steps[step] or 0) + 1
        end
    end
end

function request()
    local id = math.random(0, 999)
    if blocking and math.random() < 0.05 then return wrk.format("GET", "/report") end
    local path = (id % 4 == 0 and "/prices/" or "/items/") .. id
    local headers = blocking and { ["x-request-id"] = tostring(now()) } or nil
    return wrk.format("GET", path, headers)
end

local function percentile(counts, total, share)
    local sorted = {}
    for step in pairs(counts) do table.insert(sorted, step) end
    table.sort(sorted)
    local seen = 0
    for _, step in ipairs(sorted) do
        seen = seen + counts[step]
        if seen >= share * total then return step * 10 end
    end
    return 0
end

-- In microseconds; the last line is what `compare` reads.
function done(summary, latency)
    local p50, p99, counts, total = latency:percentile(50), latency:percentile(99), {}, 0
    for _, thread in ipairs(threads) do
        for step, count in pairs(thread:get("steps")) do
            counts[step] = (counts[step] or 0) + count
            total = total + count
        end
    end
    if total > 0 then p50, p99 = percentile(counts, total, 0.5), percentile(counts, total, 0.99) end
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    print(string.format("result %d %d %d %d %d", summary.requests, summary.duration, p50, p99, failed))
end
