-- Begins another incarnation, unless somebody has. ARGV: incarnation, slots, lease, rate error and margin of it.
if not history then return redis.error_reply('NOHISTORY this server does not tell its master_replid') end
if is_whole() then return found('other') end

-- As many replicas as were ever seen: a master that was cut off must not go on by itself.
replicas = math.max(replicas, number(redis.pcall('HGET', ctl, 'replicas')))
redis.call('DEL', ctl, nodes, intents, holds, slots, stream, settled)
redis.call('HSET', ctl, 'incarnation', ARGV[1], 'history', history, 'slots', ARGV[2], 'lease', ARGV[3], 'rate', ARGV[4], 'margin', ARGV[5],
           'clock', '0', 'floor', '0', 'grants', '0', 'settled', '0', 'replicas', text(replicas), 'nodes', '0', 'intents', '0', 'holds', '0', 'rules', 'none')
redis.call('SETRANGE', slots, tonumber(ARGV[2]) * 8 - 1, '\0')
kept = redis.call('HMGET', ctl, 'incarnation', 'history', 'slots', 'clock', 'nodes', 'intents', 'holds', 'lease', 'rate', 'margin')
return found('other')
