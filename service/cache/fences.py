"""Fences as Redis keeps them: `!` and its writer's mark for each writer who is at work, in one value.

Redis runs a script as one step, so of writers who come and go together none takes away what another one has put up.
MGET, because it overlooks values of other types, where GET would fail.
"""

FENCE = b"!"

PUT_UP = """local held = redis.call('MGET', KEYS[1])[1]
if not held or string.sub(held, 1, 1) ~= '!' then held = '' end
redis.call('SET', KEYS[1], held .. '!' .. ARGV[1], 'EX', ARGV[2])"""
"""KEYS: the fenced key. ARGV: the writer's mark, seconds to live."""

TAKE_AWAY = """local held = redis.call('MGET', KEYS[1])[1]
if held and string.sub(held, 1, 1) == '!' then
  local others = string.gsub(held, '!' .. ARGV[1], '')
  if others ~= '' then
    redis.call('SET', KEYS[1], others, 'KEEPTTL')
    return
  end
end
redis.call('DEL', KEYS[1])"""
"""KEYS: the fenced key. ARGV: the writer's mark, which holds nothing that a Lua pattern would take for more."""
