-- GET of PATHS (separated by spaces) by the users of the file USERS, each with a trace id as the load balancer adds one.
-- Ends with one line of JSON.
local tokens, paths = {}, {}

function init()
  math.randomseed(os.time())
  for line in io.lines(os.getenv("USERS")) do tokens[#tokens + 1] = line:match("(%S+)") end
  for path in os.getenv("PATHS"):gmatch("%S+") do paths[#paths + 1] = path end
end

function request()
  local id = ("%08x%08x%08x"):format(math.random(0, 2147483647), math.random(0, 2147483647), math.random(0, 2147483647) * 2)
  return wrk.format("GET", paths[math.random(#paths)], {
    Authorization = "Bearer " .. tokens[math.random(#tokens)], ["X-Amzn-Trace-Id"] = "Root=1-67891233-" .. id })
end

function done(summary, latency)
  local e = summary.errors
  io.write(('\n{"requests": %d, "per_second": %.2f, "failed": %d}\n'):format(
    summary.requests, summary.requests / summary.duration * 1e6, e.status + e.connect + e.read + e.write + e.timeout))
end
