-- Is the fleet's state whole, and of this server's own history? What both scripts begin with. KEYS: all under one hash tag.
local ctl, nodes, intents, holds, slots, stream, settled = unpack(KEYS)

local info = redis.call('INFO', 'replication')
-- Of the present master: another one after a failover, and after every start of a server (replication of Redis, master_replid).
local history = string.match(info, 'master_replid:(%x+)')
local _, replicas = string.gsub(info, 'state=online', '')

local function number(text) return tonumber(text) or 0 end
-- Whole, however large: Lua writes numbers from 1e14 on as it likes.
local function text(value) return string.format('%.0f', value) end

local kept = redis.pcall('HMGET', ctl, 'incarnation', 'history', 'slots', 'clock', 'nodes', 'intents', 'holds', 'lease', 'rate', 'margin', 'rules')
local clock = number(kept[4])

-- An eviction takes whole keys: what is counted in ctl shows it.
local function is_whole()
  if kept.err or not kept[1] or kept[2] ~= history then return false end
  if redis.pcall('STRLEN', slots) ~= number(kept[3]) * 8 then return false end
  if redis.pcall('HLEN', nodes) ~= number(kept[5]) then return false end
  if redis.pcall('HLEN', intents) ~= number(kept[6]) then return false end
  if redis.pcall('HLEN', holds) ~= number(kept[7]) then return false end
  local messages = redis.pcall('XLEN', stream)
  return type(messages) == 'number' and (messages > 0 or clock == 0)
end

local function found(word)
  return {word, kept[1], kept[3], kept[8], kept[9], kept[10]}
end
