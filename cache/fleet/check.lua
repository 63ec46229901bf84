-- Is the fleet's state whole, and of this server's own history? What both scripts begin with. KEYS: all under one hash tag.
local ctl, nodes, intents, holds, slots, stream, settled = unpack(KEYS)

local info = redis.call('INFO', 'replication')
-- Of the present master: another one after a failover, and after every start of a server (replication of Redis, master_replid).
local history = string.match(info, 'master_replid:(%x+)')
local _, replicas = string.gsub(info, 'state=online', '')

local function number(text) return tonumber(text) or 0 end
-- Whole, however large: Lua writes numbers from 1e14 on as it likes.
local function text(value) return string.format('%.0f', value) end

local kept = redis.pcall('HMGET', ctl, 'incarnation', 'history', 'slots', 'clock', 'nodes', 'intents', 'holds', 'lease', 'rate', 'margin', 'rules', 'floor', 'grants', 'settled', 'replicas')
local clock = number(kept[4])

-- What stands in ctl is as these scripts write it, and not somebody else's.
local function is_well_formed()
  if #kept[1] ~= 16 or string.find(kept[1], '%X') or not tonumber(kept[9]) or not kept[11] then return false end
  for _, place in ipairs({3, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15}) do
    if not kept[place] or not string.find(kept[place], '^%d+$') then return false end
  end
  return true
end

-- id -> {grant, acknowledged, rules, whether it verifies}. False: one of them is none.
local members = {}
local function read_members()
  local flat = redis.pcall('HGETALL', nodes)
  if flat.err then return false end
  for i = 1, #flat, 2 do
    local grant, acknowledged, by, rest = string.match(flat[i + 1], '^(%d+) (%d+) (%x+)(.*)$')
    if not by or (rest ~= '' and rest ~= ' v') then return false end
    members[flat[i]] = {number(grant), number(acknowledged), by, rest == ' v'}
  end
  return true
end

-- An eviction takes whole keys: what is counted in ctl shows it. A line that ends with the name of a rule is left out where that is switched off.
local function is_whole()
  if kept.err or not kept[1] or not is_well_formed() or not read_members() then return false end
  if kept[2] ~= history then return false end -- bound_to_history
  if redis.pcall('STRLEN', slots) ~= number(kept[3]) * 8 then return false end -- keys_counted
  if redis.pcall('HLEN', nodes) ~= number(kept[5]) then return false end -- keys_counted
  if redis.pcall('HLEN', intents) ~= number(kept[6]) then return false end -- keys_counted
  if redis.pcall('HLEN', holds) ~= number(kept[7]) then return false end -- keys_counted
  local messages = redis.pcall('XLEN', stream)
  if type(messages) ~= 'number' or (messages == 0 and clock > 0) then return false end -- keys_counted
  if type(redis.pcall('XLEN', settled)) ~= 'number' then return false end -- keys_counted
  return true
end

local function found(word)
  return {word, kept[1], kept[3], kept[8], kept[9], kept[10]}
end
