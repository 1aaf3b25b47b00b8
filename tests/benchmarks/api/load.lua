-- One kind of request by many users, told by the environment: CASE list | detail | create | health, USERS a file with
-- "TOKEN ID" a line, TAG what makes this run's titles its own. Ends with one line of JSON.
local case, tag = os.getenv("CASE"), os.getenv("TAG")
local PAGES = 5
local ready, heads, sent = {}, {}, 0

function init()
  math.randomseed(os.time())
  for line in io.lines(os.getenv("USERS")) do
    local token, id = line:match("(%S+) (%S+)")
    local head = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }
    heads[#heads + 1] = head
    if case == "list" then
      for page = 1, PAGES do
        ready[#ready + 1] = wrk.format("GET", "/api/mocs?page=" .. page .. "&limit=20", { Authorization = head.Authorization })
      end
    elseif case == "detail" then
      ready[#ready + 1] = wrk.format("GET", "/api/mocs/" .. id, { Authorization = head.Authorization })
    end
  end
  if case == "health" then ready = { wrk.format("GET", "/health", {}) } end
end

function request()
  if case ~= "create" then return ready[math.random(#ready)] end
  sent = sent + 1
  local body = ('{"title":"made %s %d","type":"moc","author":"Ada","description":"A harbour with two ships",' ..
    '"partsCount":640,"theme":"City","tags":["harbour","ships"]}'):format(tag, sent)
  return wrk.format("POST", "/api/mocs", heads[math.random(#heads)], body)
end

function done(summary, latency)
  local e = summary.errors
  io.write(('\n{"per_second": %.2f, "p50_ms": %.3f, "p99_ms": %.3f, "failed": %d}\n'):format(
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.status + e.connect + e.read + e.write + e.timeout))
end
