-- One turn of a node: see turn.hpp for what it says and hears, and turn_text.cpp for the order of ARGV. Groups are texts of 8 octets each, least significant first.
if not history then return redis.error_reply('NOHISTORY this server does not tell its master_replid') end
if not is_whole() then return {'broken'} end

local cursor = 0
local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end

local incarnation, node, rules, applied = take(), take(), take(), number(take())
local is_probe, settles, leaves, verifies = take() == '1', take() == '1', take() == '1', take() == '1'
local everything = take()
local most_messages, most_holds = take(), number(take())
if incarnation ~= kept[1] then return found('other') end

local function keep(id)
  local member = members[id]
  redis.call('HSET', nodes, id, text(member[1]) .. ' ' .. text(member[2]) .. ' ' .. member[3] .. (member[4] and ' v' or ''))
end

local is_settled = settles or kept[14] == '1'

-- By which rules all groups were named since the last tick of everything: `none` before the first, `mixed` where nodes differ.
local named_by = kept[11]
local function is_mixed()
  for _, member in pairs(members) do
    if member[3] ~= rules then return true end
  end
  return false
end

local size = number(kept[3])
local function place(groups, at)
  return struct.unpack('<I4', groups, at) % size * 8
end
local function slot(groups, at)
  local from = place(groups, at)
  return (struct.unpack('>I8', redis.call('GETRANGE', slots, from, from + 7)))
end
local function greatest(groups)
  local most = 0
  for at = 1, #groups, 8 do most = math.max(most, slot(groups, at)) end
  return most
end

local function keep_hold(groups, hold)
  local name = text(clock)
  if redis.call('HLEN', holds) >= most_holds then
    -- One of everything stands for all that come: as long as the longest of them.
    local longest = number(string.match(redis.call('HGET', holds, 'all') or '', '^%d+ (%d+) '))
    name, groups, hold = 'all', everything, text(math.max(longest, number(hold)))
  end
  redis.call('HSET', holds, name, text(clock) .. ' ' .. hold .. ' ' .. groups)
  return hold
end
-- What was stored by other rules may have other names: then it is of everything (CONSISTENCY F13).
-- `soft`: no slot is moved, and so nothing of what a tick of everything is for is done.
local function tick(groups, hold, by, soft)
  if named_by == 'none' then named_by = rules end
  clock = clock + 1
  if by ~= named_by or is_mixed() then
    groups = groups .. everything -- named_alike
    if not soft then named_by = is_mixed() and 'mixed' or rules end
  end
  local value = struct.pack('>I8', clock)
  for at = 1, soft and 0 or #groups, 8 do redis.call('SETRANGE', slots, place(groups, at), value) end
  -- What stands for several is over when the longest is: so the nodes are told that one.
  if number(hold) > 0 then hold = keep_hold(groups, hold) end
  redis.call('XADD', stream, 'MAXLEN', '~', most_messages, text(clock) .. '-0', 'i', incarnation, 'h', hold, soft and 's' or 'g', groups)
  -- Who reads the table has no message of it.
  if soft then redis.call('HSET', ctl, 'soft', text(clock)) end
end

-- A node says that it names groups by these from now on.
local function adopt_rules()
  if named_by == 'none' then
    named_by = rules
  elseif named_by ~= rules then
    tick('', '0', rules, false)
  end
end

-- An intent is kept as `hold rules groups`, under `node:write`. What is none may have been anything.
local function parse_intent(kept_as)
  local hold, by, at = string.match(kept_as, '^(%d+) (%x+) ()')
  if not at then return '60000', rules, everything end
  return hold, by, string.sub(kept_as, at)
end
local function remove(id)
  members[id] = nil
  redis.call('HDEL', nodes, id)
  local all = redis.call('HGETALL', intents)
  local own_ones = {}
  for i = 1, #all, 2 do
    local owner, write = string.match(all[i], '^(%x+):(%d+)$')
    if owner == id then table.insert(own_ones, {number(write), all[i], all[i + 1]}) end
  end
  table.sort(own_ones, function(a, b) return a[1] < b[1] end)
  for _, intent in ipairs(own_ones) do
    local hold, by, groups = parse_intent(intent[3])
    tick(groups, hold, by, false)
    redis.call('HDEL', intents, intent[2])
  end
end

local function shares(some, others)
  for a = 1, #some, 8 do
    local group = string.sub(some, a, a + 7)
    for b = 1, #others, 8 do
      if group == string.sub(others, b, b + 7) then return true end
    end
  end
  return false
end
local function is_good(epoch, groups, write)
  -- Until it is settled, members of an earlier incarnation may have writes under way of which nothing stands here.
  if not is_settled or greatest(groups) > epoch then return false end
  local all = redis.call('HGETALL', intents)
  for i = 1, #all, 2 do
    local _, _, named = parse_intent(all[i + 1])
    if all[i] ~= node .. ':' .. write and shares(groups, named) then return false end
  end
  return true
end

local own = members[node]
if own then
  own[2] = math.max(own[2], applied)
  if own[3] ~= rules then
    own[3] = rules
    adopt_rules()
  end
  keep(node)
end

for _ = 1, number(take()) do
  local id, grant = take(), number(take())
  if members[id] and members[id][1] == grant then remove(id) end
end
for _ = 1, number(take()) do redis.call('HDEL', intents, node .. ':' .. take()) end

local ticked = {}
for _ = 1, number(take()) do
  local write, groups, watched, hold, by = take(), take(), take(), take(), take()
  local is_last, is_soft, has_old = take() == '1', take() == '1', take() == '1'
  local previous, was_good = greatest(watched), false
  if has_old then
    local epoch, of, if_good, otherwise = number(take()), take(), take(), take()
    was_good = is_good(epoch, of, write)
    groups = groups .. (was_good and if_good or otherwise)
  end
  tick(groups, hold, by, is_soft)
  table.insert(ticked, {clock, previous, was_good and 1 or 0})
  if is_last then redis.call('HDEL', intents, node .. ':' .. write) end
end

local grants = number(kept[13])
if leaves then
  remove(node)
elseif is_probe then
  grants = grants + 1
  local member = members[node] or {0, 0, rules}
  local is_new = members[node] == nil
  members[node] = {grants, math.max(member[2], applied), rules, verifies}
  if is_new then adopt_rules() end
  keep(node)
end

local took = members[node] ~= nil and is_settled
for _ = 1, number(take()) do
  local write, groups, hold, by = take(), take(), take(), take()
  if took then redis.call('HSET', intents, node .. ':' .. write, hold .. ' ' .. by .. ' ' .. groups) end
end
for _ = 1, number(take()) do
  local over = take()
  redis.call('HDEL', holds, over)
  local all = redis.call('HGET', holds, 'all')
  if all and string.match(all, '^%d+') == over then redis.call('HDEL', holds, 'all') end
end

local floor, lowest = number(kept[12]), clock
local listed = {}
for id, member in pairs(members) do
  -- Who asks for each read has heard of all ticks then.
  if not member[4] then lowest = math.min(lowest, member[2]) end
  table.insert(listed, {id, member[1]})
end
if lowest > floor then
  floor = lowest
  -- Who waits for a tick to be heard of reads this stream: one message for all of them, once the last member has acknowledged.
  redis.call('XADD', settled, 'MAXLEN', '~', '100', '*', 'i', incarnation, 'f', text(floor))
end
replicas = math.max(replicas, number(kept[15]))
redis.call('HSET', ctl, 'clock', text(clock), 'floor', text(floor), 'grants', text(grants), 'settled', is_settled and '1' or '0', 'replicas', text(replicas), 'rules', named_by,
           'nodes', text(redis.call('HLEN', nodes)), 'intents', text(redis.call('HLEN', intents)), 'holds', text(redis.call('HLEN', holds)))
return {'kept', kept[1], text(clock), text(floor), is_settled and 1 or 0, own and 1 or 0, members[node] and 1 or 0, took and 1 or 0, replicas, listed, ticked}
