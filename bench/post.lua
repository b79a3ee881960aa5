-- Posts bodies to one or several targets, compares answers with the allowed ones, and prints what happened as JSON.
-- Environment: TARGETS names a file with a path, a key and a body file in each line; ALLOWED, if set, a file with
-- an allowed answer's file in each line.

local function lines(name)
  local found = {}
  for line in io.lines(name) do found[#found + 1] = line end
  return found
end

local function content(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local threads = {}
local requests, at = {}, 0
local allowed, checks = {}, false
foreign = 0
failed = 0

function setup(thread) threads[#threads + 1] = thread end

function init(args)
  local bodies = {}
  for _, line in ipairs(lines(os.getenv("TARGETS"))) do
    local path, key, body = line:match("(%S+) (%S+) (%S+)")
    bodies[body] = bodies[body] or content(body)
    local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. key }
    requests[#requests + 1] = wrk.format("POST", path, headers, bodies[body])
  end
  if os.getenv("ALLOWED") then
    checks = true
    for _, name in ipairs(lines(os.getenv("ALLOWED"))) do allowed[content(name)] = true end
    response = function(status, headers, body)
      if status ~= 200 then failed = failed + 1 elseif not allowed[body] then foreign = foreign + 1 end
    end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, requests)
  local strange, refused = 0, 0
  for _, thread in ipairs(threads) do
    strange = strange + thread:get("foreign")
    refused = refused + thread:get("failed")
  end
  io.write(string.format(
    '\nRESULT {"requests": %d, "seconds": %f, "errors": %d, "foreign": %d, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration / 1e6,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
      + math.max(summary.errors.status, refused),
    strange, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
